// tocsin backtest: a history of jobs through the detector, before one trusts it.
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { replay } from "../detection/backtest.ts";
import { failing } from "../detection/failing.ts";
import { Labels } from "../detection/score.ts";
import { wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { reasonOf } from "../lib/result.ts";
import { count } from "../lib/text.ts";
import { pairsIn, windowOf, type BacktestFlags } from "./backtest-options.ts";
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

function trialsOf(): readonly Trial[] {
  return [{ name: "as it is", replay: replay(failing(brand("backtest"))) }];
}

async function backtest(flags: BacktestFlags, json: boolean | undefined): Promise<void> {
  const { jobs: file } = flags;
  if (file === undefined) throw new Exit(2, "name a file of jobs with --jobs");
  const after = pairsIn("--after", flags.after);
  const window = windowOf(flags, wallClock.now());
  const labels = await readLabels(flags.labels);
  const bar = progress();
  let problems = 0;
  const tell: Tell = {
    problem: (line, why) => {
      problems += 1;
      bar.clear();
      if (problems <= shownProblems) process.stderr.write(`${file}:${line}: ${why}\n`);
    },
    done: bar.show,
  };
  const result = await runBacktest(jobHistory(file), trialsOf(), window, labels, tell).catch((thrown: unknown) => {
    throw thrown instanceof Error && "code" in thrown
      ? new Exit(3, `cannot read ${file}: ${reasonOf(thrown)}`)
      : thrown;
  });
  bar.clear();
  for (const words of unknownTypes(after, result.volume.types.keys())) process.stderr.write(`--after: ${words}\n`);
  if (flags.alarms !== undefined) await write(flags.alarms, alarmsJson(result.trials[0]?.alarms ?? []));
  if (flags.report !== undefined) await write(flags.report, backtestPage(result, basename(file)));
  print(json, backtestData(result), () => backtestWords(result));
  if (problems > 0)
    throw new Exit(1, `${count(problems, "line")} of ${file} ${problems === 1 ? "was" : "were"} left out`);
}

const many = (one: string, before: readonly string[]): readonly string[] => [...before, one];
const none: readonly string[] = [];

export function backtestCommand(program: Command, shared: () => Shared): void {
  program
    .command("backtest")
    .description("replay a history of jobs through the detector: what it would have said, and when")
    .option("--jobs <file>", "a file of jobs, JSON lines ordered by created_at, also gzipped")
    .option("--from <time>", "say nothing of what came before; the detector learns from it")
    .option("--to <time>", "stop here")
    .option("--after <child=parent>", "which job type follows which; may be given again", many, none)
    .option("--alarms <file>", "write the alarms there, as JSON")
    .option("--labels <file>", "the outages that there really were: how right was it?")
    .option("--report <file>", "write a page with a picture there")
    .action(async (flags: BacktestFlags) => backtest(flags, shared().json));
}
