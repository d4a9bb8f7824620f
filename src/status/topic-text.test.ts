import { describe, expect, test } from "vitest";
import { calm, outage } from "../../test/kit/snapshots.ts";
import { topicText, topicWith } from "./topic-text.ts";

describe("the state in one line", () => {
  test("is OK and where to look, or the outage and its page", () => {
    expect(topicText(calm)).toBe("OK | https://status.packit.example/");
    expect(topicText(outage)).toMatch(/^OUTAGE: .*, https:\/\/status\.packit\.example\/incidents\/112\.html$/u);
  });
});

describe("in a topic", () => {
  test.each([
    ["of nobody's it stands alone", "", "[status] OK | https://x/"],
    ["it stands behind what people wrote", "Packit: ask here", "Packit: ask here | [status] OK | https://x/"],
    ["it takes the place of the last", "Packit: ask here | [status] OUTAGE: all, https://x/incidents/1.html", "Packit: ask here | [status] OK | https://x/"], // prettier-ignore
    ["half of a mark is people's", "a [sta", "a [sta | [status] OK | https://x/"],
  ])("%s", (_, topic, wanted) => {
    expect(topicWith(topic, "OK | https://x/", 300)).toBe(wanted);
    expect(topicWith(wanted, "OK | https://x/", 300)).toBe(wanted);
  });

  test("what has no room is cut from what people wrote, at a whole character", () => {
    const topic = topicWith("é".repeat(100), "OK | https://x/", 60);
    expect(Buffer.byteLength(topic)).toBeLessThanOrEqual(60);
    expect(topic).toMatch(/^é+ \| \[status\] OK \| https:\/\/x\/$/u);
  });
});
