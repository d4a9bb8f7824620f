// What a reader's browser fetches for the status page, and how soon it shows something: requests, bytes on the wire, first paint.
import { found, startChromium } from "../test/peers/chromium.ts";
import { median, programOrLeave, report, rounded } from "./figures.ts";
import { ask, componentsOf, makeFolder, publishIncident, startDesk } from "./programs.ts";

const figure = "page weight";
programOrLeave(figure, found);

/** Of the bytes on the wire. */
const targets: Readonly<Record<number, number>> = { 20: 14 * 1024, 100: 30 * 1024 };
const paints = 7;

/** For the browser, whose types Node does not know. */
const firstPaint = `new Promise((resolve) => new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") resolve(startTime);
}).observe({ type: "paint", buffered: true }))`;

async function measure(components: number): Promise<void> {
  using folder = makeFolder();
  await using desk = await startDesk(folder.path, `components:\n${componentsOf(components)}`);
  await publishIncident(desk);
  await using chromium = await startChromium();
  const paintMs: number[] = [];
  let requests = 0;
  for (let n = 0; n < paints; n++) {
    await using seen = await chromium.open(`${desk.url}/`, {});
    // The stream that tells of changes ends never, so it is none of what the page waits for.
    requests = await seen.page.evaluate(
      () => 1 + performance.getEntriesByType("resource").filter(({ name }) => !name.endsWith("/events")).length,
    );
    paintMs.push(Number(await seen.page.evaluate(firstPaint)));
  }
  const answer = await ask(desk.url, "GET", "/", undefined, { "Accept-Encoding": "gzip, deflate, br, zstd" });
  const gzip = await ask(desk.url, "GET", "/", undefined, { "Accept-Encoding": "gzip" });
  const plain = await ask(desk.url, "GET", "/");
  report(`${figure}, ${components} components`, {
    requests,
    wire_bytes: answer.body.length,
    encoding: answer.headers["content-encoding"],
    gzip_bytes: gzip.body.length,
    html_bytes: plain.body.length,
    target_bytes: targets[components],
    first_contentful_paint_ms: rounded(median(paintMs), 0),
  });
}

for (const components of [20, 100]) await measure(components);
