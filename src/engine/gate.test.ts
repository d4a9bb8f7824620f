import { expect, test } from "vitest";
import type { InboxFigures } from "../alerts/inbox-store.ts";
import { makeGate } from "./gate.ts";

const t0 = 1_000_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function gateOver(rows: () => Partial<InboxFigures>, limits = { waiting: 100, waitingBytes: 10_000 }) {
  let counts = 0;
  const gate = makeGate(limits, async () => {
    counts += 1;
    return { waiting: 0, waitingBytes: 0, rejected: 0, ...rows() };
  });
  return { gate, counts: () => counts };
}

test("it lets in what there is room for, and not one more", async () => {
  const { gate } = gateOver(() => ({ waiting: 95 }));
  expect(gate.admit(1, t0)).toBe(true);
  gate.settled(1);
  await turn();
  const admitted = Array.from({ length: 20 }, () => gate.admit(1, t0)).filter(Boolean);
  expect(admitted.length).toBeGreaterThanOrEqual(4);
  expect(admitted.length).toBeLessThanOrEqual(5);
});

test("while it counts it still knows what it knew", async () => {
  let answer = (_waiting: number): void => {};
  const limits = { waiting: 100, waitingBytes: 1e9 };
  let stored = 0;
  const gate = makeGate(
    limits,
    () => new Promise((resolve) => (answer = (waiting) => resolve({ waiting, waitingBytes: 0, rejected: 0 }))),
  );
  for (let n = 0; n < 200; n++) {
    if (!gate.admit(1, t0)) continue;
    gate.settled(1);
    stored += 1;
    if (n % 40 === 20) answer(stored);
    await turn();
  }
  expect(stored).toBeLessThanOrEqual(100);
  expect(stored).toBeGreaterThan(50);
});

test("the bytes of the bodies are bounded as their number is", async () => {
  const { gate } = gateOver(() => ({ waiting: 1, waitingBytes: 9_000 }));
  gate.admit(1, t0);
  gate.settled(1);
  await turn();
  expect(gate.admit(1_001, t0)).toBe(false);
  expect(gate.admit(900, t0)).toBe(true);
});

test("it is open again soon after what waited was taken, and does not count for each that it refuses", async () => {
  let waiting = 100;
  const { gate, counts } = gateOver(() => ({ waiting }));
  gate.admit(1, t0);
  gate.settled(1);
  await turn();
  for (let n = 0; n < 1_000; n++) expect(gate.admit(1, t0 + 100)).toBe(false);
  expect(counts()).toBe(1);
  waiting = 0;
  expect(gate.admit(1, t0 + 250)).toBe(false);
  await turn();
  expect(gate.admit(1, t0 + 251)).toBe(true);
  expect(counts()).toBe(2);
});

test("a long stream that is taken as it comes is never refused", async () => {
  const { gate } = gateOver(() => ({ waiting: 0 }));
  for (let n = 0; n < 2_000; n++) {
    expect(gate.admit(1, t0 + n)).toBe(true);
    gate.settled(1);
    await turn();
  }
});

test("a store that hangs does not fill the memory", async () => {
  const gate = makeGate({ waiting: 1e9, waitingBytes: 1e12 }, () => new Promise(() => {}));
  const admitted = Array.from({ length: 11_000 }, () => gate.admit(10, t0)).filter(Boolean);
  expect(admitted).toHaveLength(10_000);
  const large = makeGate({ waiting: 1e9, waitingBytes: 1e12 }, () => new Promise(() => {}));
  expect(Array.from({ length: 100 }, () => large.admit(1_000_000, t0)).filter(Boolean)).toHaveLength(64);
});

test("a count that fails changes nothing, and is tried again", async () => {
  let down = true;
  const gate = makeGate({ waiting: 10, waitingBytes: 1_000 }, async () => {
    if (down) throw new Error("down");
    return { waiting: 0, waitingBytes: 0, rejected: 0 };
  });
  const admitted = Array.from({ length: 20 }, () => gate.admit(1, t0)).filter(Boolean);
  expect(admitted).toHaveLength(10);
  admitted.forEach(() => gate.settled(1));
  await turn();
  expect(gate.admit(1, t0 + 300)).toBe(false);
  down = false;
  await turn();
  gate.admit(1, t0 + 600);
  await turn();
  expect(gate.admit(1, t0 + 601)).toBe(true);
});
