// What a reader's browser fetches for the status page: requests, and bytes on the wire.
import { found, startChromium } from "../test/peers/chromium.ts";
import { programOrLeave, report } from "./figures.ts";
import { ask, makeFolder, publishIncident, startDesk, twentyComponents } from "./programs.ts";

const figure = "page weight";
programOrLeave(figure, found);

using folder = makeFolder();
await using desk = await startDesk(folder.path, `components:\n${twentyComponents}`);
await publishIncident(desk);
await using chromium = await startChromium();
const seen = await chromium.open(`${desk.url}/`, {});
const requests = await seen.page.evaluate(() => 1 + performance.getEntriesByType("resource").length);
const answer = await ask(desk.url, "GET", "/", undefined, { "Accept-Encoding": "gzip, deflate, br, zstd" });
const plain = await ask(desk.url, "GET", "/");
report(figure, {
  requests,
  wire_bytes: answer.body.length,
  encoding: answer.headers["content-encoding"],
  html_bytes: plain.body.length,
  target_bytes: 14 * 1024,
});
