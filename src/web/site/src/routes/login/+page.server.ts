import { login, logout } from 'cms-kit';
import { editors } from '#lib/server/editors.ts';
import type { Actions } from './$types';

export const actions = {
  login: login(editors),
  logout: logout(editors)
} satisfies Actions;
