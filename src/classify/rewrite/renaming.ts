/**
 * The function that stands for a new name among the replacements of a star, `* REPLACE (f(new) AS old)`: both parsers read that. No text
 * in GoogleSQL can have such a name.
 */
export const renaming = 'new;name'
