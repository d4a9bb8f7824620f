// The story of one outage, told through the front door, on a Tocsin that is killed somewhere on the way and started again.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { minute } from "../../src/lib/clock.ts";
import { alert, outageDesk, withToken, type Kind, type OutageDesk } from "./outage-desk.ts";
import type { Answer } from "./tocsin-process.ts";

/** What everybody must have heard in the end, in this order, whatever died in between. */
export const expected = {
  team: [
    /^alice: Incident 1: Copr builds: major outage\. Copr answers 503/u,
    /^Incident 1\. Alice has acknowledged it\./u,
    /^Incident 1 is public\. Alice published/u,
    /^Incident 1\. Alice updated it \(identified\)\./u,
    /^alice: Incident 1: the evidence has ended\./u,
    /^Incident 1 is over\. Alice resolved it\./u,
  ],
  users: [
    /^Copr builds fail \(major outage\)\. /u,
    /^Copr builds fail · identified\. Storage is lost\./u,
    /^Copr builds fail · resolved\. It works again\./u,
  ],
} as const;

export type Told = {
  readonly team: readonly string[];
  readonly users: readonly string[];
  readonly crashes: number;
  readonly live: string;
  readonly mirrored: string;
  readonly waiting: string;
};

type Shown = {
  readonly visibility: string;
  readonly state: string;
  readonly phase: string;
  readonly notice: { readonly title: string };
  readonly alerts: readonly unknown[];
};

/** Asks; when Tocsin dies over it, starts it again and asks whether it had been done. */
async function surely(
  desk: OutageDesk,
  crashed: () => void,
  done: () => Promise<boolean>,
  act: () => Promise<Answer>,
): Promise<void> {
  const { tocsin } = desk;
  for (let turn = 0; turn < 5; turn++) {
    try {
      const answer = await act();
      if (answer.status < 300) return;
      throw new Error(`answered ${answer.status}: ${answer.body}`);
    } catch (thrown) {
      await revive(desk, crashed, thrown);
      if (await done()) return;
    }
  }
  throw new Error(`it was asked five times and never done\n${tocsin.output()}`);
}

/** Starts it again when it was killed; any other failure is the test's. */
async function revive({ tocsin }: OutageDesk, crashed: () => void, thrown?: unknown): Promise<void> {
  // A connection that broke may be news of a death that has not been told yet.
  for (let turn = 0; turn < 600 && tocsin.alive(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  if (tocsin.alive()) throw thrown;
  crashed();
  await tocsin.start();
}

async function show({ tocsin }: OutageDesk): Promise<Shown | undefined> {
  const answer = await tocsin.ask("GET", "/api/v1/incidents/1");
  return answer.status === 200 ? (JSON.parse(answer.body) as Shown) : undefined;
}

/** Lets the clock run until `check` holds, through deaths. */
async function eventually(
  desk: OutageDesk,
  crashed: () => void,
  what: string,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      await desk.tocsin.until(what, async () => {
        if (!desk.tocsin.alive()) throw new Error("dead");
        return check();
      });
      return;
    } catch (thrown) {
      if (turn > 3) throw thrown;
      await revive(desk, crashed, thrown);
    }
  }
}

/** `fault`: NAME:TURN, where the first Tocsin dies. Also true to life when it never comes to that point. */
export async function tellWithCrash(database: Kind, fault: string): Promise<Told> {
  await using desk = await outageDesk({ database });
  const { tocsin, team, users } = desk;
  let crashes = 0;
  const crashed = (): void => void (crashes += 1);
  const command = (name: string, body: object) => () =>
    tocsin.ask("POST", `/api/v1/incidents/1/${name}`, body, "as:alice");
  const was = (check: (shown: Shown) => boolean) => async () => {
    const shown = await show(desk);
    return shown !== undefined && check(shown);
  };
  await tocsin.start(fault);
  if (!tocsin.alive()) await revive(desk, crashed);

  const fire = (status: "firing" | "resolved") => () => tocsin.post("/hooks/hook", alert(status), withToken);
  // A sender that got no answer sends again: that is what makes the intake at least once.
  await surely(desk, crashed, async () => false, fire("firing"));
  await eventually(
    desk,
    crashed,
    "the draft is there",
    was(() => true),
  );
  await surely(
    desk,
    crashed,
    was((shown) => shown.notice.title === "Copr builds fail"),
    command("edit", { title: "Copr builds fail" }),
  );
  await surely(
    desk,
    crashed,
    was((shown) => shown.state === "acknowledged"),
    command("ack", {}),
  );
  await surely(
    desk,
    crashed,
    was((shown) => shown.visibility === "published"),
    command("publish", {}),
  );
  await surely(
    desk,
    crashed,
    was((shown) => shown.phase === "identified"),
    command("update", { text: "Storage is lost.", phase: "identified" }),
  );
  await surely(desk, crashed, async () => false, fire("resolved"));
  await eventually(
    desk,
    crashed,
    "it is monitored",
    was((shown) => shown.phase === "monitoring"),
  );
  await surely(
    desk,
    crashed,
    was((shown) => shown.state === "resolved"),
    command("resolve", { text: "It works again." }),
  );

  // Heartbeats of the mirror come and go for ever; what was said to people must all be settled.
  const waiting = async (): Promise<string> => {
    const answer = await tocsin.ask("GET", "/api/v1/deliveries?waiting=true");
    const rows = JSON.parse(answer.body) as readonly { readonly kind: string }[];
    return JSON.stringify(rows.filter((row) => row.kind === "channel"));
  };
  await eventually(desk, crashed, "everything is delivered", async () => (await waiting()) === "[]");
  await tocsin.advance(minute);
  const record = (text: string): string => {
    const { epoch, seq, components, open, past } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify({ epoch, seq, components, open, past });
  };
  const live = async (): Promise<string> => record((await tocsin.get("/state.json")).body);
  const mirrored = (): string => record(readFileSync(join(desk.mirror, "state.json"), "utf8"));
  const there = (): boolean => existsSync(join(desk.mirror, "state.json"));
  await eventually(desk, crashed, "the mirror is right", async () => there() && (await live()) === mirrored());
  return {
    team: team.messages,
    users: users.messages,
    crashes,
    live: await live(),
    mirrored: mirrored(),
    waiting: await waiting(),
  };
}
