import type { paths } from 'cms-kit';

type Filled<Path extends string> = Path extends `${infer Start}{${string}}${infer End}`
  ? `${Start}${string}${Filled<End>}`
  : Path;

type Body<Answers> = {
  [Status in keyof Answers & (200 | 201)]: Answers[Status] extends {
    content: { 'application/json': infer Json };
  }
    ? Json
    : never;
}[keyof Answers & (200 | 201)];

/** A `T` says more of what the document leaves open, or less of what it tells. */
type Fits<Json, T> = Json extends T ? true : T extends Json ? true : never;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The paths that have the method, and answer it with a `T`, as the API's OpenAPI document has it. */
export type PathTo<T, Asked extends Method = 'GET'> = {
  [Path in keyof paths]: Path extends `/api/v1/${infer Rest}`
    ? paths[Path] extends Record<Lowercase<Asked>, { responses: infer Answers }>
      ? unknown extends T
        ? Filled<Rest>
        : Fits<Body<Answers>, T> extends never
          ? never
          : Filled<Rest>
      : never
    : never;
}[keyof paths];
