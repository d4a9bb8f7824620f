import { describe, expect, test } from "vitest";
import { minute, second } from "./clock.ts";
import { heldClock } from "./held-clock.ts";

const start = Date.parse("2026-11-22T10:42:00Z");

describe("a held clock", () => {
  test("stands still until it is moved", async () => {
    const clock = heldClock(start);
    let over = false;
    void clock.wait(1).then(() => (over = true));
    await clock.advance(0);
    expect(clock.now()).toBe(start);
    expect(over).toBe(false);
  });

  test("wakes each at its own moment, in order, and those of one moment as they came", async () => {
    const clock = heldClock(start);
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.wait(ms);
      woken.push(`${name} at ${(clock.now() - start) / second}`);
    };
    void sleeper("late", 30 * second);
    void sleeper("early", 10 * second);
    void sleeper("early too", 10 * second);
    void sleeper("never", 61 * second);
    void sleeper("past", -5);
    await clock.advance(minute);
    expect(woken).toEqual(["past at 0", "early at 10", "early too at 10", "late at 30"]);
    expect(clock.now()).toBe(start + minute);
  });

  test("lets what wakes do its work and wait again before time goes on", async () => {
    const clock = heldClock(start);
    const ticks: number[] = [];
    void (async () => {
      for (;;) {
        await clock.wait(10 * second);
        await new Promise((resolve) => setImmediate(resolve));
        ticks.push((clock.now() - start) / second);
      }
    })();
    await clock.advance(minute);
    expect(ticks).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test("wakes who is told to stop, and does not wake them twice", async () => {
    const clock = heldClock(start);
    const stop = new AbortController();
    let woken = 0;
    void clock.wait(minute, stop.signal).then(() => (woken += 1));
    void clock.wait(minute, AbortSignal.abort()).then(() => (woken += 10));
    await clock.advance(0);
    expect(woken).toBe(10);
    stop.abort();
    await clock.advance(2 * minute);
    expect(woken).toBe(11);
  });
});
