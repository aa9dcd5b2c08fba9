import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where Chromium is; `CHROMIUM` names another one. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The widths at which every page is looked at. */
export const WIDTHS = { phone: 390, desktop: 1280 } as const;

/** Why there is no browser; null: there is one. In CI its lack is a failure, not a reason to leave tests out. */
export function browserMissing(): string | null {
  try {
    accessSync(EXECUTABLE, constants.X_OK);
    return null;
  } catch {
    const reason = `${EXECUTABLE} is missing, so pages are not looked at in a browser`;
    if (process.env.CI) throw new Error(reason);
    process.stderr.write(`${reason}\n`);
    return reason;
  }
}

export interface TestBrowser {
  /** A window of its own, with cookies of its own and no scripts of pages. */
  window(width?: number): Promise<BrowserWindow>;
  close(): Promise<void>;
}

export interface BrowserWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What axe-core finds on the page, one line each, and whether it is wider than the window. Empty: nothing. */
  faults(): Promise<string[]>;
  /** Saves a picture where `SCREENSHOTS` names a folder. */
  picture(name: string): Promise<void>;
}

export async function openBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  return {
    async window(width = WIDTHS.desktop) {
      const context = await browser.newContext({
        viewport: { width, height: width < 600 ? 844 : 900 },
      });
      const page = await context.newPage();
      return {
        page,
        context,
        faults: () => faultsOf(page),
        async picture(name) {
          const folder = process.env.SCREENSHOTS;
          if (folder === undefined) return;
          mkdirSync(folder, { recursive: true });
          await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
        },
      };
    },
    close: () => browser.close(),
  };
}

/** Runs in the page, past its ban on scripts of its own. */
const LOOK = `(async () => {
  const { violations } = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  const lines = violations.map(({ id, help, nodes }) =>
    id + ': ' + help + ' (' + nodes.map((node) => node.target.join(' ')).join(', ') + ')');
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth + 1) lines.push('the page is ' + scrollWidth + ' wide in ' + clientWidth);
  return lines;
})()`;

async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(LOOK);
}
