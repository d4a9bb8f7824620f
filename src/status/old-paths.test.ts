import { expect, test } from "vitest";
import { isOurs, redirectFile, oldPath } from "./old-paths.ts";
import { renderRedirect } from "./page/redirect.ts";

test.each<readonly [string, string | undefined]>([
  ["/Issues/2024-01-09-GitHub/", "issues/2024-01-09-github"],
  ["https://old.example.org/incidents/abc?x=1#update-2", "incidents/abc"],
  ["/a/b/index.html", "a/b"],
  ["/c.html", "c.html"],
  ["/p%C5%99eru%C5%A1en%C3%AD/", "přerušení"],
  ["/release-1.2/", "release-1.2"],
  ["", undefined],
  ["/", undefined],
  ["/index.html", undefined],
  ["/.well-known/security", undefined],
  ["/a//b", undefined],
  ["/a/%2e%2e%2fb", undefined],
  ["/a%00b", undefined],
  ["/a b", undefined],
  ["/%ff", undefined],
  ["/feed.xml", undefined],
  ["/status.txt/x", undefined],
  ["/c.html/x", undefined],
  ["javascript:alert(1)", undefined],
  [`/${"x".repeat(400)}`, undefined],
])("%s is %s", (address, path) => {
  expect(oldPath(address)).toBe(path);
});

test("a page of ours is never led away from", () => {
  for (const path of ["incidents/12", "history", "history/2024-01", "maintenance/3.html", "api/v1/x", "components/api"])
    expect(isOurs(path)).toBe(true);
  for (const path of ["incidents/abc", "issues/a", "incident/12"]) expect(isOurs(path)).toBe(false);
});

test("the page that leads on at a mirror finds its way from any depth", () => {
  expect([redirectFile("issues/a"), redirectFile("c.html")]).toEqual(["issues/a/index.html", "c.html"]);
  expect(renderRedirect("issues/a/index.html", "incidents/7.html")).toContain('href="../../incidents/7.html"');
  expect(renderRedirect("c.html", "incidents/7.html")).toContain('url=incidents/7.html"');
});
