import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { scriptInAFile } from './script-in-a-file.ts';

const base = '/admin';
const api = process.env.API_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: scriptInAFile(adapter({ fallback: 'index.html', precompress: true }), base),
      paths: { base }
    })
  ],
  server: { proxy: { '/api': api } }
});
