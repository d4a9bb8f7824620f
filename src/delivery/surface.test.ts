import { describe, expect, test } from "vitest";
import { minute } from "../lib/clock.ts";
import { afterLook, pageSurface, type Look, type Surface } from "./surface.ts";

const t0 = Date.UTC(2026, 10, 22, 12);
const old: Look = { kind: "differs", what: "it shows the state of 12:00" };
const gone: Look = { kind: "unreachable", because: "mirror.example.org does not answer" };

/** One look a minute; what was told, by the minute. */
function looks(
  name: string,
  ...all: readonly Look[]
): { readonly told: readonly string[]; readonly last: Surface | undefined } {
  let surface: Surface | undefined;
  const told: string[] = [];
  for (const [at, look] of all.entries()) {
    const after = afterLook(surface, name, look, t0 + at * minute);
    if (after.tell !== undefined)
      told.push(`${at}: ${after.tell.kind} for ${(t0 + at * minute - after.tell.since) / minute} min`);
    surface = after.surface;
  }
  return { told, last: surface };
}

const times = (n: number, look: Look): readonly Look[] => Array.from({ length: n }, () => look);

describe("a surface that is not as the record says", () => {
  test("is published again at once, and put right is remembered", () => {
    const altered = afterLook(undefined, "mirror", old, t0);
    expect(altered).toMatchObject({ repair: true, news: "altered" });
    const again = afterLook(altered.surface, "mirror", old, t0 + minute);
    expect(again).toMatchObject({ repair: true });
    expect(again.news).toBeUndefined();
    const mended = afterLook(again.surface, "mirror", { kind: "equal" }, t0 + 2 * minute);
    expect(mended).toMatchObject({ repair: false, news: "restored", surface: { status: "equal", restored: "it shows the state of 12:00", restoredAt: t0 + 2 * minute } }); // prettier-ignore
    expect(mended.surface.since).toBeUndefined();
    expect(mended.tell).toBeUndefined();
  });

  test("is told once after five minutes, and once when it is over", () => {
    expect(looks("mirror", ...times(20, old), { kind: "equal" }, { kind: "equal" }).told).toEqual(["5: trouble for 5 min", "20: over for 20 min"]); // prettier-ignore
  });

  test("counts from when it should have been shown, where that is known; what is only old is not written again", () => {
    const since: Look = { ...old, since: t0 - 6 * minute };
    expect(afterLook(undefined, "mirror", since, t0).repair).toBe(false);
    expect(looks("mirror", since, since, since).told).toEqual(["1: trouble for 7 min"]);
  });

  test("that changes from old to unreachable is one trouble, not two", () => {
    expect(looks("mirror", ...times(4, old), ...times(10, gone), { kind: "equal" }).told).toEqual(["5: trouble for 5 min", "14: over for 14 min"]); // prettier-ignore
  });

  test("that is on its way is left alone", () => {
    expect(looks("mirror", ...times(30, { kind: "settling" })).told).toEqual([]);
    expect(afterLook(undefined, "mirror", { kind: "settling" }, t0).repair).toBe(false);
  });
});

describe("what cannot be reached", () => {
  test("is nothing to publish again", () => {
    expect(afterLook(undefined, "mirror", gone, t0).repair).toBe(false);
  });

  test("is told, of a mirror that never answered too", () => {
    expect(looks("mirror", ...times(10, gone)).told).toEqual(["5: trouble for 5 min"]);
  });

  test("is not told of the page's public address while it was never reached from here, as behind some routers", () => {
    expect(looks(pageSurface, ...times(10, gone))).toMatchObject({ told: [], last: { status: "unreachable" } });
    expect(looks(pageSurface, { kind: "equal" }, ...times(10, gone)).told).toEqual(["6: trouble for 5 min"]);
  });
});
