/* Hyper-parameters: what a row of the table of optimisers or models lets its user choose. */
#ifndef SADDLE_HYPER_H
#define SADDLE_HYPER_H

/* A number, finite and in [least, most], or in [least, most) where it is open; or a choice among
 * words (NULL-terminated, the first is the default), which is given by its number and is fixed in a
 * graph. "no", "yes" is a flag. A default that is NaN is found from the rest of the row. */
typedef struct sd_hyper {
  const char *name;
  double value, least, most;
  int open;
  const char *const *words;
} sd_hyper;

/* How many of the `most` entries of a list have names: those before the first that has none. */
int sd_hyper_count(const sd_hyper *list, int most);
/* Whether v is a value that the hyper-parameter may have. */
int sd_hyper_allows(const sd_hyper *h, double v);

#endif
