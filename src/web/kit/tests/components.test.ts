import { expect, test } from 'vitest';
import { pieces } from '../src/lib/components/highlight.js';
import { steps } from '../src/lib/components/pagination.js';
import { fit } from '../src/lib/components/rich-text.js';
import { describe } from '../src/lib/components/seo.js';

test('headings are lowered, and never below the sixth', () => {
  expect(fit('<h1 title="a>b">A</h1><h6>B</h6>', { shift: 1 })).toBe(
    '<h2 title="a>b">A</h2><h6>B</h6>'
  );
});

test('what only looks like a tag, in a title, is left alone', () => {
  const html = '<p title="<h1> <img src=&quot;/x">a</p>';
  expect(fit(html, { shift: 1, base: '/de' })).toBe(html);
});

test('images load when they are near, unless the editor said otherwise', () => {
  expect(fit('<img src="/a.jpg" alt="">', {})).toBe(
    '<img src="/a.jpg" alt="" loading="lazy" decoding="async">'
  );
  expect(fit('<img src="/a.jpg" loading="eager">', {})).not.toContain('lazy');
});

test('what may be wider than a phone can be scrolled by keyboard', () => {
  expect(fit('<table><tr><td>1</td></tr></table><pre>a</pre>', {})).toBe(
    '<div class="scroll" tabindex="0"><table><tr><td>1</td></tr></table></div><pre tabindex="0">a</pre>'
  );
});

test('paths get the base, other addresses do not', () => {
  const html = '<a href="/a">a</a><a href="//b">b</a><a href="https://c/d">c</a><img src="/e">';
  expect(fit(html, { base: '/de' })).toMatch(
    '<a href="/de/a">a</a><a href="//b">b</a><a href="https://c/d">c</a><img src="/de/e"'
  );
});

test('links to other sites open in a new tab if the site wants that', () => {
  const html = '<a href="https://c/" rel="noopener noreferrer">c</a><a href="/a">a</a>';
  expect(fit(html, { newTab: true })).toBe(
    '<a href="https://c/" rel="noopener noreferrer" target="_blank">c</a><a href="/a">a</a>'
  );
});

test.each([
  [1, 1, [1]],
  [1, 4, [1, 2, 3, 4]],
  [1, 5, [1, 2, null, 5]],
  [5, 9, [1, null, 4, 5, 6, null, 9]]
])('page %i of %i', (page, last, shown) => {
  expect(steps(page, last)).toEqual(shown);
});

test('JSON-LD cannot end its script element, and addresses are absolute', () => {
  const post = {
    id: '',
    slug: 'a',
    title: '</script><script>alert(1)</script>',
    excerpt: null,
    author: null,
    featured_image_url: '/a.jpg',
    tags: [],
    published: true,
    published_at: null,
    created_at: '',
    updated_at: ''
  };
  const url = new URL('https://www.example.com/blog/a?utm=1');
  const seo = describe({ url, settings: null, post });
  expect(seo.jsonLd).not.toContain('</');
  expect(JSON.parse(seo.jsonLd!)).toMatchObject({
    headline: post.title,
    image: 'https://www.example.com/a.jpg'
  });
  expect(seo.link).toBe('https://www.example.com/blog/a');
  const image = (featured_image_url: string) =>
    describe({ url, settings: null, post: { ...post, featured_image_url }, base: '/de' }).image;
  expect(image('/a.jpg')).toBe('https://www.example.com/de/a.jpg');
  expect(image('https://images.example/a.jpg')).toBe('https://images.example/a.jpg');
});

test.each([
  ['a noise here', [[2, 7]], ['a ', '[noise]', ' here']],
  ['noise', [[0, 5]], ['[noise]']],
  [
    '🚲 bike, bike',
    [
      [3, 7],
      [9, 13]
    ],
    ['🚲 ', '[bike]', ', ', '[bike]']
  ],
  ['nothing', [], ['nothing']]
])('in %j the hits %j are marked', (text, offsets, shown) => {
  const hits = offsets.map(([start, end]) => ({ start: start!, end: end! }));
  const found = pieces({ text, hits });
  expect(found.map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text))).toEqual(shown);
});
