// A real browser: opens a page, looks for what must not be there, runs axe, takes pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RunOptions } from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { z } from "zod";
import { findProgram } from "./install.ts";

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const found = findProgram("chromium", "chromium");

type Look = {
  readonly width?: number;
  readonly dark?: boolean;
  /** Whether the page's own scripts may run. Scripts that the test evaluates always do. */
  readonly js?: boolean;
  /** Where the reader is. */
  readonly zone?: string;
};

type Opened = {
  readonly page: Page;
  /** The same page in another light, in another window. */
  change(look: Omit<Look, "js" | "zone">): Promise<void>;
  /** The violated rules, each with its first elements. */
  axe(): Promise<readonly string[]>;
  screenshot(path: string): Promise<void>;
  /** How far it could be scrolled sideways. */
  overflow(): Promise<number>;
} & AsyncDisposable;

export type Chromium = {
  /** `what` is HTML (it begins with `<`) or an address. */
  open(what: string, look?: Look): Promise<Opened>;
} & AsyncDisposable;

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const rules: RunOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
};

const AxeAnswer = z.object({
  violations: z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

function sentence({ id, help, nodes }: z.output<typeof AxeAnswer>["violations"][number]): string {
  const where = nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
  return `${id}: ${help}\n  ${where.join("\n  ")}`;
}

async function opened(browser: Browser, what: string, look: Look): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1_000, height: 900 },
    colorScheme: look.dark === true ? "dark" : "light",
    javaScriptEnabled: look.js ?? true,
    locale: "en-GB",
    ...(look.zone === undefined ? {} : { timezoneId: look.zone }),
  });
  const page = await context.newPage();
  if (what.startsWith("<")) await page.setContent(what, { waitUntil: "load" });
  else await page.goto(what, { waitUntil: "load" });
  return {
    page,
    async change({ width, dark }) {
      if (width !== undefined) await page.setViewportSize({ width, height: 900 });
      if (dark !== undefined) await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    },
    async axe() {
      // Evaluated, not added as a <script>: the page's own policy forbids that.
      await page.evaluate(axeSource);
      const answer: unknown = await page.evaluate(`axe.run(document, ${JSON.stringify(rules)})`);
      return AxeAnswer.parse(answer).violations.map(sentence);
    },
    async screenshot(path) {
      await page.screenshot({ path, fullPage: true });
    },
    async overflow() {
      return Number(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Starts the browser; the caller disposes of it. */
export async function startChromium(): Promise<Chromium> {
  if ("missing" in found) throw new Error(found.missing);
  const browser = await chromium.launch({ executablePath: found.path, args: flags, headless: true });
  return { open: (what, look = {}) => opened(browser, what, look), [Symbol.asyncDispose]: () => browser.close() };
}
