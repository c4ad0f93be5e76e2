/** Bounds of the console, each with its reason. The unit is in the name. */

/** The page's own files: its build is held to 40 KB of script compressed, and this is what a wrong folder has. */
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;

/** The longest body is the edited value of one dead letter; a record has at most 1 MB, and JSON in JSON is longer. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
