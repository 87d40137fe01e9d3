/* Hyper-parameters (see saddle/hyper.h). */
#include "saddle/hyper.h"
#include <math.h>
#include <stddef.h>

int sd_hyper_count(const sd_hyper *list, int most) {
  int n = 0;
  while (n < most && list[n].name) n++;
  return n;
}

int sd_hyper_allows(const sd_hyper *h, double v) {
  if (!isfinite(v) || v < h->least || (h->open ? v >= h->most : v > h->most)) return 0;
  return h->words == NULL || v == floor(v);
}
