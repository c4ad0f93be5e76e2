import { enFirst } from './en-first.ts';
import { enViews } from './en-views.ts';

/** All words of the page. It loads them in two parts: those of its frame and of the live map, then those of the other views. */
export const en = { ...enFirst, ...enViews };

export type Word = keyof typeof en;
export type Words = Readonly<Record<Word, string>>;
export type FirstWords = Readonly<Record<keyof typeof enFirst, string>>;
export type ViewWords = Readonly<Record<keyof typeof enViews, string>>;
