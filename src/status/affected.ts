// `/affected`: was it you, or was it us? Answered from what is public alone, so the answer for a repository is the same
// whether it is unknown or private. Pure.
import type { Coverage } from "../alerts/alert.ts";
import type { ComponentId } from "../config/names.ts";
import { nearest } from "../lib/nearest.ts";
import { list, oneLine } from "../lib/text.ts";
import { isNotice } from "../maintenance/maintenance.ts";
import { goesOn } from "./public-maintenance.ts";
import { textOf } from "./search.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";
import { stateWord } from "./words.ts";
import { type Sentence } from "./languages/english.ts";

export type Question = {
  /** `owner/name`. */
  readonly repository?: string;
  readonly target?: string;
  /** A type of job, a component, or the id of a job or build. */
  readonly job?: string;
};

/** What is recorded of jobs. */
export type JobRecord = {
  /** By the number of an incident, what each of its alerts covered: types and targets. */
  readonly coverage: ReadonlyMap<number, readonly Coverage[]>;
  /** Which components a type of job stands on, by the config. */
  readonly runsOn: ReadonlyMap<string, readonly ComponentId[]>;
};

export type Match = "hit" | "perhaps" | "not";

export type Found<T> = { readonly of: T; readonly match: Match; readonly because: string };

export type Affected = {
  readonly question: Question;
  /** `hit` and `perhaps` of what is open or goes on, else of what is over. */
  readonly match: Match;
  readonly headline: Sentence;
  readonly lead: Sentence;
  /** What the record cannot say. */
  readonly notes: readonly string[];
  readonly incidents: readonly Found<PublicIncident>[];
  readonly maintenance: readonly Found<PublicMaintenance>[];
  /** Open, and about something else. */
  readonly others: readonly Found<PublicIncident>[];
};

const longest = 200;

/** `https://github.com/Packit/hello.git` is `packit/hello`. */
function repositoryIn(text: string): string {
  return text
    .replace(/^(?:[a-z+]+:\/\/|git@)[^/:]+[/:]/iu, "")
    .replace(/(?:\.git)?\/*$/u, "")
    .toLowerCase();
}

/** What somebody typed, in a form that can be compared; what is empty is not asked. */
export function questionIn(asked: Readonly<Record<keyof Question, string>>): Question {
  const [repository, target, job] = [asked.repository, asked.target, asked.job].map((text) => oneLine(text, longest));
  return {
    ...(repository === undefined || repository === "" ? {} : { repository: repositoryIn(repository) }),
    ...(target === undefined || target === "" ? {} : { target }),
    ...(job === undefined || job === "" ? {} : { job }),
  };
}

export function isEmpty(question: Question): boolean {
  return Object.keys(question).length === 0;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The name as a word of its own: `packit/hello` is not in `packit/hello-world`. */
function names(text: string, name: string): boolean {
  const wanted = name.toLowerCase();
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const around = `${text[at - 1] ?? " "}${text[at + wanted.length] ?? " "}`;
    if (!/[\p{L}\p{N}_-]/u.test(around)) return true;
  }
  return false;
}

/** The question, and what its words mean on this page. */
type Meant = Question & {
  /** The job as a type of job that is known here. */
  readonly type?: string;
  /** The components that the type stands on, or that were named themselves. */
  readonly components: readonly PublicComponent[];
};

function typesIn({ coverage, runsOn }: JobRecord): readonly string[] {
  const recorded = [...coverage.values()].flat().flatMap(({ jobTypes }) => jobTypes ?? []);
  return [...new Set([...runsOn.keys(), ...recorded])];
}

function meantBy(question: Question, { components }: PublicSnapshot, record: JobRecord): Meant {
  const { job, target } = question;
  const type = job === undefined ? undefined : typesIn(record).find((one) => same(one, job));
  const standsOn: readonly string[] = type === undefined ? [] : (record.runsOn.get(type) ?? []);
  const named = [job, ...(type === undefined ? [target] : [])].flatMap((word) => word ?? []);
  const meant = components.filter(
    ({ id, name }) => standsOn.includes(id) || named.some((word) => same(word, id) || same(word, oneLine(name))),
  );
  return { ...question, ...(type === undefined ? {} : { type }), components: meant };
}

type Judged = { readonly match: Match; readonly because: string };

const perhaps = (because: string): Judged => ({ match: "perhaps", because });

/** What one alert of it covered. Of projects nothing is told: whose they are may be nobody's business. */
function judgeCoverage({ jobTypes, targets, projects }: Coverage, { type, target }: Meant): Judged {
  const jobs = jobTypes === undefined ? "Jobs of every type" : `${list(jobTypes)} jobs`;
  const where = targets === undefined ? "on every target" : `on ${list(targets)}`;
  const said = `${jobs} ${where} were hit.`;
  if (type !== undefined && jobTypes?.some((one) => same(one, type)) === false)
    return { match: "not", because: `Only ${jobs} were hit.` };
  if (target !== undefined && targets?.some((one) => same(one, target)) === false)
    return { match: "not", because: `${jobs} were hit ${where} only.` };
  if (projects !== undefined) return perhaps(`${said} Not those of every project; of which, is not said in public.`);
  const typed = type !== undefined && (target !== undefined || targets === undefined);
  const placed = target !== undefined && targets !== undefined;
  return { match: typed || (placed && type === undefined) ? "hit" : "perhaps", because: said };
}

const order: readonly Match[] = ["not", "perhaps", "hit"];
const better = (a: Judged, b: Judged): Judged => (order.indexOf(b.match) > order.indexOf(a.match) ? b : a);

function hitBy({ impact }: PublicIncident, all: readonly PublicComponent[]): readonly string[] {
  return all.flatMap(({ id, name }) => {
    const status = impact[id];
    if (status === undefined) return [];
    return [status === "operational" ? oneLine(name) : `${oneLine(name)} (${stateWord(status)})`];
  });
}

/** By the components that the question means, where it means some. */
function judgeComponents(incident: PublicIncident, meant: Meant, all: readonly PublicComponent[]): Judged | undefined {
  if (meant.components.length === 0) return undefined;
  const hit = hitBy(incident, meant.components);
  const needs =
    meant.type === undefined
      ? ""
      : `${meant.type} jobs need ${list(meant.components.map(({ name }) => oneLine(name)))}. `;
  if (hit.length > 0) return { match: "hit", because: `${needs}It hit ${list(hit)}.` };
  return { match: "not", because: `It hit ${list(hitBy(incident, all)) || "something else"}.` };
}

/** Words that are names for certain: a repository with its owner, and a job with a number in it. */
function namedIn(incident: PublicIncident, { repository = "", job = "", type, components }: Meant): readonly string[] {
  const text = textOf(incident);
  const id = type === undefined && components.length === 0 && /\d/u.test(job) && job.length > 2;
  return [...(repository.includes("/") ? [repository] : []), ...(id ? [job] : [])].filter((word) => names(text, word));
}

function judgeIncident(incident: PublicIncident, meant: Meant, snapshot: PublicSnapshot, record: JobRecord): Judged {
  const named = namedIn(incident, meant);
  if (named.length > 0) return { match: "hit", because: `What was published of it names ${list(named)}.` };
  const byComponent = judgeComponents(incident, meant, snapshot.components);
  const covered = record.coverage.get(incident.number) ?? [];
  const [first, ...more] = covered.map((each) => judgeCoverage(each, meant));
  if (first === undefined) {
    const hit = list(hitBy(incident, snapshot.components));
    return byComponent ?? perhaps(`${hit === "" ? "" : `It hit ${hit}. `}Which jobs and targets, is not recorded.`);
  }
  const byJobs = more.reduce(better, first);
  const types = covered.flatMap(({ jobTypes }) => jobTypes ?? []);
  const { type } = meant;
  // A person may have said that more is hit than the alerts did.
  const wider = byComponent?.match === "hit" && type !== undefined && !types.some((one) => same(one, type));
  if (wider || (byComponent !== undefined && type === undefined && meant.target === undefined)) return byComponent;
  return byJobs;
}

function judgeWindow(window: PublicMaintenance, meant: Meant): Judged {
  const hit = meant.components.filter(({ id }) => window.components.includes(id)).map(({ name }) => oneLine(name));
  if (hit.length > 0) return { match: "hit", because: `It is planned work on ${list(hit)}.` };
  return meant.components.length > 0
    ? { match: "not", because: "It is about something else." }
    : perhaps("It may concern you.");
}

const mostFound = 20;
const mostPast = 5;

function notesOn(meant: Meant, snapshot: PublicSnapshot, record: JobRecord): readonly string[] {
  const { repository, job, type, components } = meant;
  const blind = snapshot.components.filter(
    ({ status, id }) => status === "unknown" && (components.length === 0 || components.some((one) => one.id === id)),
  );
  const types = typesIn(record);
  const near = job === undefined ? undefined : nearest(job, [...types, ...snapshot.components.map(({ id }) => id)]);
  const hint =
    near !== undefined
      ? ` Did you mean ${near}?`
      : types.length === 0
        ? ""
        : ` Types of jobs that it knows: ${list(types.slice(0, 20))}.`;
  return [
    ...(blind.length === 0
      ? []
      : [`The state of ${list(blind.map(({ name }) => oneLine(name)))} is unknown just now: nobody can look.`]),
    ...(job === undefined || type !== undefined || components.length > 0
      ? []
      : [`Single jobs and builds are not kept here, so ${job} could not be looked up by itself.${hint}`]),
    ...(repository === undefined
      ? []
      : [
          repository.includes("/")
            ? "Of repositories only what a notice names is public: the answer is the same for each of the others, whatever they are."
            : "A repository is written with its owner: owner/name.",
        ]),
  ];
}

/** `record` of the incidents of `snapshot`, which has what is open, and what ended in the last fourteen days. */
export function affectedBy(question: Question, snapshot: PublicSnapshot, record: JobRecord): Affected {
  const meant = meantBy(question, snapshot, record);
  const judge = (incident: PublicIncident): Found<PublicIncident> => ({
    of: incident,
    ...judgeIncident(incident, meant, snapshot, record),
  });
  const open = snapshot.open.map(judge);
  const past = snapshot.past.filter(({ withdrawn }) => withdrawn === undefined).map(judge);
  const windows = snapshot.maintenance
    .filter((one) => !isNotice(one) && (goesOn(one) || one.state === "completed"))
    .map((of) => ({ of, ...judgeWindow(of, meant) }))
    .filter(({ of, match }) => match === "hit" || (match === "perhaps" && goesOn(of)));
  const is = (match: Match) => (one: { readonly match: Match }) => one.match === match;
  const present: readonly { readonly match: Match }[] = [...open, ...windows.filter(({ of }) => goesOn(of))];
  const over: readonly { readonly match: Match }[] = [...past, ...windows.filter(({ of }) => !goesOn(of))];
  const [now, before] = [present, over].map((some) =>
    some.some(is("hit")) ? "hit" : some.some(is("perhaps")) ? "perhaps" : "not",
  );
  const match: Match =
    now === "hit" || before === "hit" ? "hit" : now === "perhaps" || before === "perhaps" ? "perhaps" : "not";
  const ongoing = now === match;
  return {
    question,
    match,
    ...(match === "not" ? nothing : match === "hit" ? (ongoing ? isUs : wasUs) : ongoing ? mayBeUs : mayHaveBeenUs),
    notes: notesOn(meant, snapshot, record),
    incidents: [
      ...open.filter(is("hit")),
      ...open.filter(is("perhaps")),
      ...past.filter(is("hit")),
      ...past.filter(is("perhaps")).slice(0, mostPast),
    ].slice(0, mostFound),
    maintenance: windows.slice(0, mostFound),
    others: open.filter(is("not")).slice(0, mostFound),
  };
}

type Said = { readonly headline: Sentence; readonly lead: Sentence };
const isUs: Said = { headline: "It is most likely us", lead: "What you ask about is hit now." };
const wasUs: Said = {
  headline: "It was most likely us",
  lead: "It is over. Compare the times with those of your failure.",
};
const mayBeUs: Said = {
  headline: "It may be us",
  lead: "Something is going on; whether it hits you, the record does not say for certain.",
};
const mayHaveBeenUs: Said = {
  headline: "It may have been us",
  lead: "Nothing is going on now. Compare the times with those of your failure.",
};
const nothing: Said = {
  headline: "We know of nothing that hit it",
  lead: "Nothing that was published in the last fourteen days fits. That is no proof: what nobody has noticed yet is not in the record.",
};
