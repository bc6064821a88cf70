import adapter from '@sveltejs/adapter-node';
import { VERSION } from '@sveltejs/kit';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

const { ORIGIN, BASE_PATH, BUILD_DIR } = process.env;

// Since SvelteKit 3 a build knows its origin; with 2, adapter-node reads ORIGIN when it starts.
const origin = VERSION.startsWith('2.') || !ORIGIN ? {} : { origin: ORIGIN };

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ out: BUILD_DIR ?? 'build' }),
      paths: { base: (BASE_PATH ?? '') as '' | `/${string}`, relative: false, ...origin },
      csp: {
        // Nonces would make each answer another one, which no cache could tell to be the same.
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          // The one style attribute is SvelteKit's own, of what tells screen readers of a new page.
          'style-src-attr': [
            'unsafe-hashes',
            'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='
          ],
          'img-src': ['self', 'https:', 'data:'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'form-action': ['self'],
          'frame-ancestors': ['none']
        }
      }
    })
  ]
});
