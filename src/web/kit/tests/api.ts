import type { RequestEvent } from '@sveltejs/kit';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';

/** What caches are told of a page that has read the CMS. */
export const REVALIDATED = 'public, max-age=0, must-revalidate';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server that answers as the API might in a bad moment; `requests` is what it was asked. */
export async function api(answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export function json(response: ServerResponse, body: unknown, headers = {}, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('nothing was thrown'),
    (failure: unknown) => failure
  );
}

/** A visitor's request, as hooks see it. */
export function visit(path: string, rest: object = {}): RequestEvent {
  const url = new URL(path, 'https://www.example.com');
  const cookies = { get: () => undefined };
  const event = { url, request: new Request(url), fetch, locals: {}, cookies, route: { id: null } };
  return { ...event, ...rest } as unknown as RequestEvent;
}
