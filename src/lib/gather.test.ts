import { expect, test } from "vitest";
import { makeGatherer } from "./gather.ts";

type Held = { readonly items: readonly number[]; readonly end: (thrown?: Error) => void };

function store(options: { readonly atOnce?: number; readonly well?: boolean; readonly largest?: number } = {}) {
  const held: Held[] = [];
  const gatherer = makeGatherer<number>({
    write: (items) =>
      new Promise((resolve, reject) => {
        held.push({ items, end: (thrown) => (thrown === undefined ? resolve() : reject(thrown)) });
      }),
    isWell: async () => options.well ?? true,
    largest: options.largest ?? 100,
    atOnce: options.atOnce ?? 1,
  });
  return { gatherer, held };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("what comes in one turn is one group, and what comes while it is written is the next", async () => {
  const { gatherer, held } = store();
  const first = [gatherer.add(1), gatherer.add(2)];
  await turn();
  const second = [gatherer.add(3), gatherer.add(4), gatherer.add(5)];
  await turn();
  expect(held.map(({ items }) => items)).toEqual([[1, 2]]);
  expect(gatherer.open()).toBe(5);
  held[0]?.end();
  await Promise.all(first);
  await turn();
  expect(held.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  held[1]?.end();
  await Promise.all(second);
  expect(gatherer.open()).toBe(0);
});

test("nobody is told before the group is written", async () => {
  const { gatherer, held } = store();
  let told = false;
  const added = gatherer.add(1).then(() => (told = true));
  await turn();
  expect(told).toBe(false);
  held[0]?.end();
  await added;
  expect(told).toBe(true);
});

test("a bad one does not sink its neighbours: each is written alone and told its own", async () => {
  const written: number[] = [];
  const gatherer = makeGatherer<number>({
    write: async (items) => {
      if (items.includes(2)) throw new Error("2 is bad");
      written.push(...items);
    },
    isWell: async () => true,
    largest: 100,
    atOnce: 1,
  });
  const told = await Promise.allSettled([1, 2, 3].map((item) => gatherer.add(item)));
  expect(told.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(written).toEqual([1, 3]);
});

test("when the store is down all are told so at once, without trying each", async () => {
  const { gatherer, held } = store({ well: false });
  const added = Promise.allSettled([gatherer.add(1), gatherer.add(2)]);
  await turn();
  held[0]?.end(new Error("down"));
  expect((await added).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(held).toHaveLength(1);
  expect(gatherer.open()).toBe(0);
});

test("there are no more groups at once than allowed, and none larger", async () => {
  const { gatherer, held } = store({ atOnce: 2, largest: 2 });
  const added = [1, 2, 3, 4, 5].map((item) => gatherer.add(item));
  await turn();
  expect(held.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  held[1]?.end();
  await turn();
  expect(held[2]?.items).toEqual([5]);
  held.forEach(({ end }) => end());
  await Promise.all(added);
});
