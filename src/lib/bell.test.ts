import { describe, expect, test } from "vitest";
import { makeBell } from "./bell.ts";
import { minute } from "./clock.ts";
import { heldClock } from "./held-clock.ts";

const never = new AbortController().signal;

describe("a bell", () => {
  async function sleeper(since: number, bell = makeBell(), clock = heldClock(0), signal = never) {
    let woken = false;
    void bell.wait(since, clock, minute, signal).then(() => (woken = true));
    await clock.advance(0);
    return { bell, clock, woken: () => woken };
  }

  test("wakes all who wait for it", async () => {
    const one = await sleeper(0);
    const other = await sleeper(0, one.bell, one.clock);
    expect([one.woken(), other.woken()]).toEqual([false, false]);
    one.bell.ring();
    await one.clock.advance(0);
    expect([one.woken(), other.woken()]).toEqual([true, true]);
  });

  test("that rang while its hearer was busy is not missed", async () => {
    const bell = makeBell();
    const since = bell.rings();
    bell.ring();
    expect((await sleeper(since, bell)).woken()).toBe(true);
  });

  test("that rang before its hearer looked for work does not wake", async () => {
    const bell = makeBell();
    bell.ring();
    expect((await sleeper(bell.rings(), bell)).woken()).toBe(false);
  });

  test("that nobody rings lets go after the time", async () => {
    const { clock, woken } = await sleeper(0);
    await clock.advance(minute - 1);
    expect(woken()).toBe(false);
    await clock.advance(1);
    expect(woken()).toBe(true);
  });

  test("lets go when told to stop", async () => {
    const stop = new AbortController();
    const { clock, woken } = await sleeper(0, makeBell(), heldClock(0), stop.signal);
    stop.abort();
    await clock.advance(0);
    expect(woken()).toBe(true);
  });

  test("counts every ring", () => {
    const bell = makeBell();
    for (let ring = 0; ring < 3; ring++) bell.ring();
    expect(bell.rings()).toBe(3);
  });

  test("leaves no timer behind when it has rung", async () => {
    const clock = heldClock(0);
    let waiting = 0;
    const counted = {
      now: () => clock.now(),
      wait: async (ms: number, signal?: AbortSignal) => {
        waiting += 1;
        await clock.wait(ms, signal);
        waiting -= 1;
      },
    };
    const bell = makeBell();
    const waited = bell.wait(0, counted, minute, never);
    expect(waiting).toBe(1);
    bell.ring();
    await waited;
    await clock.advance(0);
    expect(waiting).toBe(0);
  });

  test("a ring is told to those who asked, an echo from elsewhere is not", async () => {
    const bell = makeBell();
    let told = 0;
    bell.also(() => (told += 1));
    bell.ring();
    bell.echo();
    expect([told, bell.rings()]).toEqual([1, 2]);
    await bell.wait(1, heldClock(0), minute, never);
  });
});
