import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Memory, valueOf } from '../src/lib/memory.js';
import type { Reply } from '../src/lib/transport.js';

const reply = (text: string, status = 200): Reply => ({
  status,
  text,
  etag: `"${text}"`,
  location: null
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('an answer is used for maxAge, then asked for again by its tag', async () => {
  const memory = new Memory({ maxAge: 500 });
  const ask = vi
    .fn()
    .mockResolvedValueOnce(reply('one'))
    .mockResolvedValueOnce({ ...reply('', 304) });
  await memory.read('a', ask);
  vi.advanceTimersByTime(499);
  expect((await memory.read('a', ask)).text).toBe('one');
  expect(ask).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(await memory.read('a', ask)).toMatchObject({ text: 'one', status: 200, stale: false });
  expect(ask).toHaveBeenLastCalledWith({ 'If-None-Match': '"one"' });
});

test('readers at the same moment share one request, and its failure', async () => {
  const memory = new Memory();
  const ask = vi.fn().mockRejectedValueOnce(new TypeError('down')).mockResolvedValue(reply('one'));
  const both = await Promise.allSettled([memory.read('a', ask), memory.read('a', ask)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect((await memory.read('a', ask)).text).toBe('one');
  expect(ask).toHaveBeenCalledTimes(2);
});

test.each([
  ['cannot be reached', () => Promise.reject(new TypeError('down'))],
  ['answers 503', () => Promise.resolve(reply('busy', 503))]
])(
  'while the API %s, what is known is served, and no longer than staleIfError',
  async (_, down) => {
    const memory = new Memory({ maxAge: 10, staleIfError: 1000 });
    await memory.read('a', () => Promise.resolve(reply('one')));
    for (let waited = 0; waited < 1000; waited += 100) {
      vi.advanceTimersByTime(100);
      expect(await memory.read('a', down)).toMatchObject({ text: 'one', stale: true });
    }
    vi.advanceTimersByTime(100);
    const outcome = await memory.read('a', down).catch(() => 'refused');
    expect(outcome).not.toMatchObject({ text: 'one' });
  }
);

test('a page that is gone is forgotten, and one that was not found is not remembered', async () => {
  const memory = new Memory({ maxAge: 10 });
  await memory.read('a', () => Promise.resolve(reply('one')));
  vi.advanceTimersByTime(10);
  expect((await memory.read('a', () => Promise.resolve(reply('', 404)))).status).toBe(404);
  expect((await memory.read('a', () => Promise.resolve(reply('two')))).text).toBe('two');
});

test('the entry that was asked for longest ago goes first', async () => {
  const memory = new Memory({ maxAge: 10, entries: 2 });
  const read = (key: string) => memory.read(key, () => Promise.resolve(reply(key)));
  await read('a');
  await read('b');
  vi.advanceTimersByTime(10);
  await read('a');
  await read('c');
  expect(memory.fresh('a')).toMatchObject({ text: 'a' });
  expect(memory.fresh('c')).toMatchObject({ text: 'c' });
  const again = vi.fn(() => Promise.resolve(reply('b')));
  await memory.read('b', again);
  expect(again).toHaveBeenCalledExactlyOnceWith({});
});

test('an answer is parsed once, and what one reader does to it no other sees', async () => {
  const parse = vi.spyOn(JSON, 'parse');
  const memory = new Memory({ maxAge: 10 });
  const first = '{"items": [{"tags": ["a"], "at": null}], "__proto__": {"x": 1}}';
  const read = async (text: string, status = 200) =>
    valueOf<{ items: { tags: string[]; at: null }[] }>(
      await memory.read('a', () => Promise.resolve(reply(text, status)))
    );
  const mine = await read(first);
  mine.items[0]!.tags.push('b');
  mine.items.pop();
  vi.advanceTimersByTime(10);
  expect(await read('', 304)).toEqual(JSON.parse(first));
  expect(parse.mock.calls.filter(([text]) => text === first)).toHaveLength(2);
  vi.advanceTimersByTime(10);
  expect(await read('{"items": []}')).toEqual({ items: [] });
  parse.mockRestore();
});
