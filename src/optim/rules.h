/* What the rules of optimisers share. */
#ifndef SADDLE_OPTIM_RULES_H
#define SADDLE_OPTIM_RULES_H

#include "../graph/build.h"
#include "saddle/optim.h"

/* norm[k] <- a number: |a[k]|, or with SD_GLOBAL the joint norm of a[n] for every k. A status. */
int sd_norms(sd_graph *g, int scope, int n, const sd_ref *a, sd_ref *norm);

/* a times length / norm, and 0 where a is 0; norm is at least |a|. A norm below the least normal
 * number of a's dtype counts as that number, a factor beyond the largest as that. */
sd_ref sd_resized(sd_graph *g, sd_ref a, sd_ref norm, sd_ref length);

int sd_rule_sgd(sd_graph *g, const sd_update *u);
int sd_rule_rmsprop(sd_graph *g, const sd_update *u);
int sd_rule_adagrad(sd_graph *g, const sd_update *u);
int sd_rule_adam(sd_graph *g, const sd_update *u);
int sd_rule_adam_raw(sd_graph *g, const sd_update *u);
int sd_rule_normalized(sd_graph *g, const sd_update *u);

#endif
