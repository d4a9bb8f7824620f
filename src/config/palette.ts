// The colours of the page, in light and dark, and the check of an operator's own: text must stay readable (WCAG AA). Pure.

export const light = {
  paper: "#fbfaf8",
  card: "#ffffff",
  line: "#e6e2db",
  ink: "#1b1a18",
  muted: "#67635c",
  link: "#24529c",
} as const;

export const dark: Palette = {
  paper: "#15171a",
  card: "#1c1f23",
  line: "#2e3237",
  ink: "#eceae6",
  muted: "#a19d95",
  link: "#94b6f0",
};

/** The words of the states; they stand on paper and card as well. */
export const stateText = {
  light: { ok: "#1c7c4a", deg: "#8a5a00", par: "#a8470a", maj: "#b3201f", mnt: "#24529c", unk: "#6b7280" },
  dark: { ok: "#6cc898", deg: "#eebc55", par: "#f2995c", maj: "#ff8a80", mnt: "#94b6f0", unk: "#9aa1ab" },
} as const;

export type Tone = keyof typeof light;
export type Palette = Readonly<Record<Tone, string>>;

/** https://www.w3.org/TR/WCAG22/#contrast-minimum */
const enough = 4.5;

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const hex = (values: readonly number[]): string =>
  `#${values.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;

const steps = 100;

/** The colour nearest to this one that passes, on its way to `end`. */
function toward(colour: string, end: string, passes: (colour: string) => boolean): string | undefined {
  const [from, to] = [channels(colour), channels(end)];
  for (let step = 1; step <= steps; step++) {
    const tried = hex(from.map((value, i) => value + (((to[i] ?? 0) - value) * step) / steps));
    if (passes(tried)) return tried;
  }
  return undefined;
}

const texts = ["ink", "muted", "link"] as const;
const grounds = ["paper", "card"] as const;

/** What nobody could read, each with a colour that would do. `given`: those that the operator wrote. */
export function unreadable(
  given: Partial<Palette>,
  scheme: "light" | "dark",
): readonly { readonly tone: Tone; readonly message: string }[] {
  const all: Palette = { ...(scheme === "light" ? light : dark), ...given };
  const [ends, states] = [scheme === "light" ? "#000000" : "#ffffff", Object.values(stateText[scheme])];
  const found: { readonly tone: Tone; readonly message: string }[] = [];
  const say = (tone: Tone, on: string, worst: number, better: string | undefined): void => {
    const advice = better === undefined ? "" : `; ${better} would do`;
    found.push({ tone, message: `a contrast of ${(Math.floor(worst * 10) / 10).toFixed(1)} to ${on} is too little to read, at least 4.5 is needed${advice}` }); // prettier-ignore
  };
  for (const tone of texts) {
    if (given[tone] === undefined) continue;
    const worst = grounds.toSorted((a, b) => contrast(all[tone], all[a]) - contrast(all[tone], all[b]))[0] ?? "paper";
    const passes = (colour: string): boolean => grounds.every((ground) => contrast(colour, all[ground]) >= enough);
    if (!passes(all[tone])) say(tone, worst, contrast(all[tone], all[worst]), toward(all[tone], ends, passes));
  }
  for (const ground of grounds) {
    if (given[ground] === undefined) continue;
    // A text that the operator wrote has had its word above.
    const own = texts.filter((tone) => given[tone] === undefined).map((tone) => all[tone]);
    const least = (colour: string): number => Math.min(...[...own, ...states].map((text) => contrast(text, colour)));
    const passes = (colour: string): boolean => least(colour) >= enough;
    const away = scheme === "light" ? "#ffffff" : "#000000";
    if (!passes(all[ground])) say(ground, "the words on it", least(all[ground]), toward(all[ground], away, passes));
  }
  return found;
}
