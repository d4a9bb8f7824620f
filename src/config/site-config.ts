// The keys of `site`: what the page is called, where it is, and what it looks like.
import { z } from "zod";
import { present } from "../lib/records.ts";
import { timeZone, webUrl } from "./fields.ts";
import { unreadable } from "./palette.ts";

const line = z.string().trim().min(1).max(200);

const colour = z
  .string()
  .regex(/^#[0-9a-f]{6}$/iu, "a colour is written #24529c")
  .transform((text) => text.toLowerCase());

const tones = {
  link: colour.optional().describe("Links, and what is in focus."),
  ink: colour.optional().describe("Text."),
  muted: colour.optional().describe("Text beside the text: labels and times."),
  paper: colour.optional().describe("What the page is written on."),
  card: colour.optional().describe("What an outage and the components are written on."),
  line: colour.optional().describe("Lines between them."),
};

const Colours = z
  .strictObject({
    ...tones,
    dark: z.strictObject(tones).default({}).describe("The same, for readers who like it dark."),
  })
  .superRefine(({ dark, ...light }, check) => {
    const say = (path: readonly string[], message: string): void =>
      check.addIssue({ code: "custom", path: [...path], message });
    for (const { tone, message } of unreadable(present(light), "light")) say([tone], message);
    for (const { tone, message } of unreadable(present(dark), "dark")) say(["dark", tone], message);
  });

const SiteLink = z.strictObject({
  name: z.string().trim().min(1).max(40).describe("What the link says."),
  url: webUrl().describe("Where it leads."),
});

export const Site = z.strictObject({
  name: line.describe("What the service is called; the page is named after it."),
  url: webUrl()
    .optional()
    .describe(
      "The public address of the status page; links in messages are made of it. Where it listens when not written.",
    ),
  time_zone: timeZone().default("UTC").describe("Days are cut in this zone; times are shown in UTC and in it."),
  logo: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A picture beside the name: a PNG, JPEG, GIF, WebP or plain SVG file of at most 8 KiB, as each page carries it.",
    ),
  colors: Colours.optional().describe("Colours of your own, where they can be read; the others stay."),
  links: z
    .strictObject({
      header: z.array(SiteLink).max(6).default([]).describe("Beside the name, at the top of each page."),
      footer: z.array(SiteLink).max(12).default([]).describe("At its end."),
    })
    .default({ header: [], footer: [] })
    .describe("Where else users may want to go."),
  language: z
    .enum(["en", "cs", "de", "es", "fr"])
    .default("en")
    .describe("What Tocsin itself writes on public pages is in this language; what people write stays as it is."),
});
