import { expect, test } from "vitest";
import type { SourceId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { jobs, t0 } from "../../test/kit/incidents.ts";
import { readSourceStates, saveSourceState, sourceFigures, type SourceState } from "./source-state-store.ts";

onEachDatabase("what a source remembers", (database) => {
  test("its state comes back byte for byte; a new one takes the place of the old one as a whole", async () => {
    await using at = await database.open();
    expect(await readSourceStates(at.db)).toEqual(new Map());
    const seeing: SourceState = {
      source: jobs,
      state: Uint8Array.from([0, 1, 255]),
      lookedAt: t0,
      okAt: t0,
      blind: false,
    };
    const blind: SourceState = { source: brand<SourceId>("probe"), failingSince: t0, reason: "cut", blind: true };
    await saveSourceState(at.db, seeing);
    await saveSourceState(at.db, blind);
    const both = await readSourceStates(at.db);
    expect([...(both.get(jobs)?.state ?? [])]).toEqual([0, 1, 255]);
    expect({ ...both.get(jobs), state: undefined }).toEqual({ ...seeing, state: undefined });
    expect(both.get(blind.source)).toEqual(blind);
    expect(new Set(await sourceFigures(at.db))).toEqual(
      new Set([
        { source: jobs, okAt: t0, blind: false },
        { source: blind.source, blind: true },
      ]),
    );
    await saveSourceState(at.db, { source: jobs, blind: true, reason: "a\u0000b", failingSince: t0 + 1 });
    const after = (await readSourceStates(at.db)).get(jobs);
    expect(after).toEqual({ source: jobs, blind: true, reason: "ab", failingSince: t0 + 1 });
  });
});
