// tocsin backtest: a history of jobs through the detector, before one trusts it.
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { observedTimes, openJobSource, type JobSource } from "../app/job-source.ts";
import { readConfig, settingsFrom } from "../app/settings.ts";
import { sayConfigError, type Config } from "../config/load.ts";
import { replay } from "../detection/backtest.ts";
import { jobDetector, type Watching } from "../detection/job-detector.ts";
import { Labels } from "../detection/score.ts";
import type { Piece } from "../jobs/job-past.ts";
import { day, wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { reasonOf } from "../lib/result.ts";
import { count } from "../lib/text.ts";
import { falseAlarmsIn, pairsIn, windowOf, type BacktestFlags, type Window } from "./backtest-options.ts";
import { runBacktest, unknownTypes, type Tell, type Trial } from "./backtest-run.ts";
import { backtestPage } from "./backtest-page.ts";
import { alarmsJson, backtestData, backtestWords } from "./backtest-words.ts";
import { Exit } from "./door.ts";
import { jobHistory } from "./job-history.ts";
import type { Shared } from "./other-commands.ts";
import { print } from "./print.ts";

const shownProblems = 20;
const barWidth = 30;

/** On a terminal a line that is written over and over; else nothing. */
function progress(): { readonly show: (share: number) => void; readonly clear: () => void } {
  const { stderr } = process;
  let shown = "";
  return {
    show: (share) => {
      const full = Math.round(share * barWidth);
      const line = `\r${"█".repeat(full)}${"░".repeat(barWidth - full)} ${Math.round(share * 100)} %`;
      if (stderr.isTTY && line !== shown) stderr.write((shown = line));
    },
    clear: () => {
      if (shown !== "") stderr.write("\r\u001b[K");
      shown = "";
    },
  };
}

async function readLabels(file: string | undefined): Promise<Labels | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((thrown: unknown) => {
    throw new Exit(3, `cannot read the labels: ${reasonOf(thrown)}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Exit(1, `${file}: is not JSON`);
  }
  const labels = Labels.safeParse(value);
  if (labels.success) return labels.data;
  const wrong = labels.error.issues.slice(0, 10).map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`);
  throw new Exit(1, wrong.join("\n"));
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((thrown: unknown) => {
    throw new Exit(3, `cannot write ${file}: ${reasonOf(thrown)}`);
  });
}

/** How long before --from the detector learns, where its jobs are in a database. */
const learning = 14 * day;

/** What is replayed: its name for people, its jobs, and what follows what. */
type Past = {
  readonly name: string;
  readonly pieces: AsyncIterable<Piece>;
  readonly after: Readonly<Record<string, string>>;
};

/** The config, where there is one and it is needed: a file of jobs does without. */
function configFor(
  flags: BacktestFlags,
  shared: Shared,
): { readonly config: Config; readonly dataDir: string } | undefined {
  const { configFile, dataDir } = settingsFrom(shared, process.env);
  const asked = shared.config !== undefined || flags.detector !== undefined || flags.jobs === undefined;
  if (!asked) return undefined;
  if (configFile === undefined)
    throw new Exit(
      flags.detector === undefined ? 2 : 3,
      "there is no tocsin.yaml here: name a file of jobs with --jobs, or a config with --config",
    );
  const config = readConfig(configFile, process.env);
  if (config.ok) return { config: config.value, dataDir };
  const { error } = config;
  throw error.kind === "unreadable"
    ? new Exit(3, error.message)
    : new Exit(1, error.errors.map(sayConfigError).join("\n"));
}

async function* fromSource(
  source: JobSource,
  found: { config: Config; dataDir: string },
  window: Window,
): AsyncGenerator<Piece> {
  const { past, id } = source;
  const to = window.to ?? wallClock.now();
  const from = (window.from ?? to - 30 * day) - learning;
  const observed = await observedTimes(found.config, found.dataDir, id, from).catch((thrown: unknown) => {
    process.stderr.write(`what was observed of ${id} cannot be read: ${reasonOf(thrown)}\n`);
    return new Map();
  });
  yield* past.history?.({ from, to, observed }, new AbortController().signal) ?? [];
}

function pastOf(
  flags: BacktestFlags,
  source: JobSource | undefined,
  found: ReturnType<typeof configFor>,
  window: Window,
): Past {
  const after = { ...source?.past.after, ...pairsIn("--after", flags.after) };
  const file = flags.jobs ?? source?.past.file;
  if (file !== undefined) return { name: file, pieces: jobHistory(file), after };
  if (source?.past.history === undefined || found === undefined)
    throw new Exit(
      2,
      `${source?.id ?? "it"} cannot be asked for its past: write its jobs to a file, and name that with --jobs`,
    );
  return { name: source.id, pieces: fromSource(source, found, window), after };
}

/** As it is, and beside it once for each `--set`. */
function trialsOf(after: Past["after"], falseAlarms: readonly number[]): readonly Trial[] {
  const trial = (name: string, watching: Watching): Trial => ({
    name,
    replay: replay(jobDetector(brand("backtest"), watching)),
  });
  const others = falseAlarms.map((wanted) => trial(`false_alarms=${wanted}`, { after, falseAlarms: wanted }));
  return [trial("as it is", { after }), ...others];
}

async function backtest(flags: BacktestFlags, shared: Shared): Promise<void> {
  const window = windowOf(flags, wallClock.now());
  const found = configFor(flags, shared);
  const source = found === undefined ? undefined : openJobSource(found.config, flags.detector, silentLog);
  if (source?.ok === false) throw new Exit(2, source.error);
  await using opened = source?.value;
  const past = pastOf(flags, opened, found, window);
  const labels = await readLabels(flags.labels);
  await replayPast(past, { ...flags, json: shared.json, window, labels });
}

type Wanted = Omit<BacktestFlags, "labels"> & {
  readonly json: boolean | undefined;
  readonly window: Window;
  readonly labels: Labels | undefined;
};

async function replayPast({ name, pieces, after }: Past, wanted: Wanted): Promise<void> {
  const bar = progress();
  let problems = 0;
  const tell: Tell = {
    problem: (where, why) => {
      problems += 1;
      bar.clear();
      if (problems <= shownProblems) process.stderr.write(`${name}:${where}: ${why}\n`);
    },
    done: bar.show,
  };
  const result = await runBacktest(
    pieces,
    trialsOf(after, falseAlarmsIn(wanted.set)),
    wanted.window,
    wanted.labels,
    tell,
  ).catch((thrown: unknown) => {
    throw new Exit(3, `cannot read ${name}: ${reasonOf(thrown)}`);
  });
  bar.clear();
  for (const words of unknownTypes(after, result.volume.types.keys())) process.stderr.write(`after: ${words}\n`);
  if (wanted.alarms !== undefined) await write(wanted.alarms, alarmsJson(result.trials[0]?.alarms ?? []));
  if (wanted.report !== undefined) await write(wanted.report, backtestPage(result, basename(name)));
  print(wanted.json, backtestData(result), () => backtestWords(result));
  if (problems > 0)
    throw new Exit(1, `${count(problems, "job")} of ${name} ${problems === 1 ? "was" : "were"} left out`);
}

const many = (one: string, before: readonly string[]): readonly string[] => [...before, one];
const none: readonly string[] = [];

export function backtestCommand(program: Command, shared: () => Shared): void {
  program
    .command("backtest")
    .description("replay a history of jobs through the detector: what it would have said, and when")
    .option("--detector <id>", "the source of jobs in the config; the only one when not given")
    .option("--jobs <file>", "a file of jobs, JSON lines ordered by created_at, also gzipped")
    .option("--from <time>", "say nothing of what came before; the detector learns from it")
    .option("--to <time>", "stop here")
    .option("--after <child=parent>", "which job type follows which; may be given again", many, none)
    .option("--set <key=value>", "try false_alarms=0.5 (a month, for each type) beside; may be given again", many, none)
    .option("--alarms <file>", "write the alarms there, as JSON")
    .option("--labels <file>", "the outages that there really were: how right was it?")
    .option("--report <file>", "write a page with a picture there")
    .action(async (flags: BacktestFlags) => backtest(flags, shared()));
}
