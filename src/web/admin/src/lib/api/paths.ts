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

type Answer<Operations> = {
  [Method in keyof Operations]: Operations[Method] extends { responses: infer Answers }
    ? Body<Answers>
    : never;
}[keyof Operations];

/** A `T` says more of what the document leaves open, or less of what it tells. */
type Fits<Json, T> = Json extends T ? true : T extends Json ? true : never;

/** The paths that are answered with a `T`, as the API's OpenAPI document has it. */
export type PathTo<T> = {
  [Path in keyof paths]: Path extends `/api/v1/${infer Rest}`
    ? unknown extends T
      ? Filled<Rest>
      : Fits<Answer<paths[Path]>, T> extends never
        ? never
        : Filled<Rest>
    : never;
}[keyof paths];
