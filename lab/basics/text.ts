/** What the reports say, in both languages. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

export type Language = keyof Text;
