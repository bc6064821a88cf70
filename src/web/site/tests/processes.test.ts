import { expect, test } from '@playwright/test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Served } from './processes.ts';

test('a server that was there before is not taken for the one that is to be tested', async () => {
  const other = createServer((_, response) => response.end('I am another'));
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  // It says what ours says, too.
  const served = new Served(
    [
      process.execPath,
      '-e',
      'console.log(`Listening on ${process.env.URL}`); setInterval(() => 0, 9e5)'
    ],
    url,
    { URL: url }
  );
  try {
    await expect(served.start()).rejects.toThrow(/cannot listen on .* EADDRINUSE/);
  } finally {
    await served.stop();
    other.close();
  }
});
