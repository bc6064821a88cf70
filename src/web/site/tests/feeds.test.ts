import { expect, test } from './fixtures.ts';

interface Element {
  name: string;
  text: string;
  attributes: Record<string, string>;
}

test('the sitemap names every public page once, by addresses that answer', async ({
  page,
  request,
  origin
}) => {
  const elements = await parsed(page, await (await request.get('/sitemap.xml')).text());
  const places = elements.filter(({ name }) => name === 'loc').map(({ text }) => text);
  expect(new Set(places).size).toBe(places.length);
  expect(places).toContain(`${origin}/`);
  expect(places).toContain(`${origin}/blog/the-last-twelve-metres`);
  expect(places.length).toBeGreaterThan(30);
  for (const place of places)
    expect((await request.get(place, { maxRedirects: 0 })).status(), place).toBe(200);
  for (const { name, text } of elements)
    if (name === 'lastmod') expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
});

test('the Atom feed has what RFC 4287 asks for', async ({ page, request, origin }) => {
  const response = await request.get('/feed.xml');
  expect(response.headers()['content-type']).toBe('application/atom+xml; charset=utf-8');
  const elements = await parsed(page, await response.text());
  expect(elements[0]).toMatchObject({
    name: 'feed',
    attributes: { xmlns: 'http://www.w3.org/2005/Atom' }
  });
  const count = (name: string) => elements.filter((element) => element.name === name).length;
  expect(count('entry')).toBe(20);
  for (const name of ['id', 'title', 'updated']) expect(count(name), name).toBe(21);
  const ids = elements.filter(({ name }) => name === 'id').map(({ text }) => text);
  expect(new Set(ids).size).toBe(21);
  expect(ids.every((id) => URL.canParse(id))).toBe(true);
  const self = elements.find(({ attributes }) => attributes.rel === 'self');
  expect(self?.attributes.href).toBe(`${origin}/feed.xml`);
});

test('the RSS feed has what RSS 2.0 asks for', async ({ page, request }) => {
  const response = await request.get('/rss.xml');
  expect(response.headers()['content-type']).toBe('application/rss+xml; charset=utf-8');
  const elements = await parsed(page, await response.text());
  expect(elements[0]).toMatchObject({ name: 'rss', attributes: { version: '2.0' } });
  const texts = (name: string) =>
    elements.filter((element) => element.name === name).map(({ text }) => text);
  expect(texts('item')).toHaveLength(20);
  expect(texts('title')).toHaveLength(21);
  expect(texts('description')).toHaveLength(21);
  expect(new Set(texts('guid')).size).toBe(20);
  for (const date of texts('pubDate'))
    expect(date).toMatch(
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
    );
});

test('robots.txt leads to the sitemap and away from the login', async ({ request, origin }) => {
  const text = await (await request.get('/robots.txt')).text();
  expect(text.split('\n')).toEqual(
    expect.arrayContaining(['Disallow: /admin', `Sitemap: ${origin}/sitemap.xml`])
  );
});

/** All elements in order, by the browser's own strict XML parser. */
function parsed(page: import('@playwright/test').Page, xml: string): Promise<Element[]> {
  return page.evaluate((source) => {
    const document = new DOMParser().parseFromString(source, 'application/xml');
    const fault = document.querySelector('parsererror');
    if (fault) throw new Error(fault.textContent);
    return [...document.querySelectorAll('*')].map((element) => ({
      name: element.localName,
      text: element.textContent,
      attributes: Object.fromEntries(
        [...element.attributes].map(({ name, value }) => [name, value])
      )
    }));
  }, xml);
}
