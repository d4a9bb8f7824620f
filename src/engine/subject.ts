// What deliveries are about.

/** `subject` of everything that is said about an incident. */
export function subjectOf(number: number): string {
  return `incident:${number}`;
}
