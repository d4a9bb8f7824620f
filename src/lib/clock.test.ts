import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { day, isoSeconds, minute, wallClock } from "./clock.ts";

describe("the wall clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function waited(ms: number, signal?: AbortSignal): Promise<() => boolean> {
    let over = false;
    void wallClock.wait(ms, signal).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(0);
    return () => over;
  }

  test("tells the time", () => {
    vi.setSystemTime(Date.parse("2026-11-22T10:42:00Z"));
    expect(wallClock.now()).toBe(Date.parse("2026-11-22T10:42:00Z"));
  });

  test("waits as long as asked", async () => {
    const over = await waited(minute);
    await vi.advanceTimersByTimeAsync(minute - 1);
    expect(over()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over()).toBe(true);
  });

  test.each([0, -5, Number.NaN, -Infinity])("does not wait for %d ms", async (ms) => {
    const over = await waited(ms);
    await vi.advanceTimersByTimeAsync(1);
    expect(over()).toBe(true);
  });

  test.each([2 ** 31, 1e15, Infinity])("waits a day instead of %d ms, and not none", async (ms) => {
    const over = await waited(ms);
    await vi.advanceTimersByTimeAsync(day - 1);
    expect(over()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over()).toBe(true);
  });

  test("stops waiting when told, and leaves no timer and no listener behind", async () => {
    const stop = new AbortController();
    const removed = vi.spyOn(stop.signal, "removeEventListener");
    const over = await waited(minute, stop.signal);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(over()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
  });

  test("does not begin to wait when it was told to stop before", async () => {
    expect((await waited(minute, AbortSignal.abort()))()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a time for machines has seconds and a Z", () => {
  expect(isoSeconds(Date.parse("2026-03-05T20:35:00.999+01:00"))).toBe("2026-03-05T19:35:00Z");
});
