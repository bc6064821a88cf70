import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

export async function fillLogin(page: Page, password: string): Promise<void> {
  await page.getByLabel('Email').fill('admin@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function login(page: Page, password: string): Promise<void> {
  await page.goto('/login');
  await fillLogin(page, password);
  await expect(page).toHaveURL('/admin');
}
