/* What a plan does, in words (see plan.h). Lines are at most 100 bytes wide. */
#include "planning.h"
#include "saddle/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 100, MOST = 60, PLACE = 26 }; /* of a line; ops listed of a loop; of a place */

typedef struct report {
  const sd_plan *p;
  sd_writer *write;
  void *to;
  int status, column; /* column: of a line that is being filled */
} report;

typedef struct cost {
  double flops, read, written;
} cost;

__attribute__((format(printf, 2, 3))) static void say(report *w, const char *fmt, ...) {
  char line[4 * WIDTH];
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  if (n > WIDTH && line[n - 1] == '\n') n = WIDTH + 1, line[WIDTH] = '\n';
  if (w->status == SD_OK) w->status = w->write(w->to, line, (size_t)n);
}

/* A word of a line that begins with `margin` blanks where it must be broken. */
static void say_word(report *w, int margin, const char *word) {
  int n = (int)strlen(word);
  if (w->column > 0 && w->column + 1 + n > WIDTH) {
    say(w, "\n");
    w->column = 0;
  }
  if (w->column == 0) say(w, "%*s", margin - 1, ""), w->column = margin - 1;
  say(w, " %.*s", WIDTH - margin, word);
  w->column += 1 + n;
}

static void end_words(report *w) {
  if (w->column > 0) say(w, "\n");
  w->column = 0;
}

/* ---- numbers, shapes, places ------------------------------------------------------------------*/

enum { TEXT = 48 };

/* 812, 13.1K, 2.40M */
static const char *count(double v, char buf[TEXT]) {
  static const char units[] = " KMGTPE";
  int u = 0;
  for (; v >= 10000 && u < 6; u++) v /= 1000;
  snprintf(buf, TEXT,
           u == 0    ? "%.0f"
           : v < 10  ? "%.2f%c"
           : v < 100 ? "%.1f%c"
                     : "%.0f%c",
           v, units[u]);
  return buf;
}

static const char *dtype(const sd_type *t) {
  return t->dtype == SD_RNG ? "rng" : sd_dtype_name(t->dtype);
}

static const char *shape(const sd_type *t, char buf[TEXT]) {
  char plain[SD_SHAPE];
  snprintf(buf, TEXT, "%s", t->number ? "number" : sd_type_shape(t, plain));
  return buf;
}

/* "fig.lua:12"; of a long name the end */
static const char *place(const sd_node *n, char buf[TEXT]) {
  char line[16];
  size_t size = n->source ? strlen(n->source) : 0;
  int digits = snprintf(line, sizeof line, ":%d", n->line), most = PLACE - digits;
  *buf = 0;
  if (n->source == NULL) return buf;
  if (size <= (size_t)most)
    snprintf(buf, TEXT, "%s%s", n->source, line);
  else
    snprintf(buf, TEXT, "..%s%s", n->source + size - (size_t)most + 2, line);
  return buf;
}

/* ---- costs ------------------------------------------------------------------------------------*/

static double bytes_of(const sd_plan *p, sd_ref r) {
  const sd_type *t = &sd_plan_node(p, r)->type;
  return (double)t->rows * (double)t->cols * (double)sd_type_size(t);
}

static cost cost_of(const sd_plan *p, const sd_step *s) {
  cost c = {0, 0, 0};
  for (int m = 0; m < s->nmembers; m++) c.flops += sd_node_flops(p->g, s->members[m]);
  if (s->chain) {
    for (int i = 0; i < s->chain->nin; i++) c.read += bytes_of(p, s->refs[i]);
    for (int i = 0; i < s->chain->nout; i++) c.written += bytes_of(p, s->refs[s->chain->nin + i]);
    return c;
  }
  const sd_node *n = sd_plan_node(p, s->members[0]);
  for (int k = 0; k < n->nargs; k++) c.read += bytes_of(p, p->values[s->members[0]].args[k]);
  for (int j = 0; j < n->nouts; j++) c.written += bytes_of(p, s->members[0] + j);
  return c;
}

/* ---- steps ------------------------------------------------------------------------------------*/

static int is_in_state(const sd_plan *p, sd_ref r) {
  sd_ref x = p->values[r].over;
  return x && p->values[x].kind == SD_LEAF;
}

/* The value that a step's line is about: the last one that it stores. */
static sd_ref result(const sd_plan *p, const sd_step *s) {
  sd_ref r = s->members[0];
  for (int m = 0; m < s->nmembers; m++)
    if (p->values[s->members[m]].stored) r = s->members[m];
  return r;
}

static void say_loop(report *w, const sd_step *s) {
  const sd_plan *p = w->p;
  char word[2 * TEXT];
  for (int m = 0; m < s->nmembers && m < MOST; m++) {
    const sd_node *n = sd_plan_node(p, s->members[m]);
    int kept = p->values[s->members[m]].stored && m + 1 < s->nmembers;
    snprintf(word, sizeof word, n->source ? "%.40s%s:%d" : "%.40s%s", n->op->name, kept ? "*" : "",
             n->line);
    say_word(w, 9, word);
  }
  if (s->nmembers > MOST) {
    snprintf(word, sizeof word, "and %d more", s->nmembers - MOST);
    say_word(w, 9, word);
  }
  end_words(w);
}

static void say_step(report *w, int i) {
  const sd_plan *p = w->p;
  const sd_step *s = &p->steps[i];
  sd_ref r = result(p, s);
  const sd_node *n = sd_plan_node(p, r);
  const sd_type *t = s->chain ? &sd_plan_node(p, s->members[0])->type : &n->type; /* of the loop */
  char name[TEXT], sh[TEXT], fl[TEXT], rd[TEXT], wr[TEXT], at[TEXT], pl[TEXT];
  cost c = cost_of(p, s);
  if (s->nmembers > 1)
    snprintf(name, sizeof name, "loop of %d", s->nmembers);
  else
    snprintf(name, sizeof name, "%s", n->op->name);
  say(w, "%5d %c %-16.16s %-13s %-4s %7s %7s %7s %7s  %s\n", i + 1, i < p->nconstant ? 'c' : ' ',
      name, shape(t, sh), dtype(t), count(c.flops, fl), count(c.read, rd), count(c.written, wr),
      is_in_state(p, r)               ? "state"
      : p->values[r].swaps            ? "swaps"
      : p->values[r].kind == SD_MOVES ? "leaf"
                                      : count((double)p->values[r].offset, at),
      place(n, pl));
  if (s->nmembers > 1) say_loop(w, s);
}

static void say_steps(report *w) {
  say(w, "\n step   op               shape         type   flops    read written   arena  place\n");
  for (int i = 0; i < w->p->nsteps; i++) say_step(w, i);
}

static void say_views(report *w) {
  const sd_plan *p = w->p;
  int any = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) {
    const sd_node *n = sd_plan_node(p, r), *of = sd_plan_node(p, p->values[r].root);
    char sh[TEXT], so[TEXT], pl[TEXT];
    if (p->values[r].kind != SD_VIEW) continue;
    if (!any++) say(w, "\nviews, which cost nothing\n");
    say(w, "        %-16.16s %-13s of %s %s  %s\n", n->op->name, shape(&n->type, sh), of->op->name,
        shape(&of->type, so), place(n, pl));
  }
}

/* ---- what was captured ------------------------------------------------------------------------*/

static void say_captures(report *w) {
  const sd_plan *p = w->p;
  char word[3 * TEXT], sh[TEXT], pl[TEXT];
  int any = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) {
    const sd_node *n = sd_plan_node(p, r);
    if (n->op != &sd_op_capture) continue;
    if (!any++) say(w, "\ncaptured matrices, read when the plan runs\n");
    say(w, "        %-13s %-4s  %s\n", shape(&n->type, sh), dtype(&n->type), place(n, pl));
  }
  any = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) {
    const sd_node *n = sd_plan_node(p, r);
    if (n->op != &sd_op_full || !n->type.number) continue;
    if (!any++) say(w, "\nconstant numbers, fixed when it was traced\n");
    snprintf(word, sizeof word, n->source ? "%.15g (%s)" : "%.15g", n->attr.p[0], place(n, pl));
    say_word(w, 9, word);
  }
  end_words(w);
}

static void say_totals(report *w) {
  const sd_plan *p = w->p;
  char a[TEXT], b[TEXT], c[TEXT];
  cost sum[2] = {{0}};
  for (int i = 0; i < p->nsteps; i++) {
    cost one = cost_of(p, &p->steps[i]), *to = &sum[i >= p->nconstant];
    to->flops += one.flops, to->read += one.read, to->written += one.written;
  }
  say(w, "\neach run   %s flops, reads %s bytes, writes %s\n", count(sum[1].flops, a),
      count(sum[1].read, b), count(sum[1].written, c));
  if (p->nconstant > 0)
    say(w,
        "constant   %s flops, reads %s bytes, writes %s, once for each version of the captures\n",
        count(sum[0].flops, a), count(sum[0].read, b), count(sum[0].written, c));
  say(w, "memory     %s bytes for values (%s without reuse), %s for blocks of loops\n",
      count((double)p->scratch, a), count((double)p->without_reuse, b),
      count((double)(p->arena - p->scratch), c));
}

int sd_plan_explain(const sd_plan *p, sd_writer *write, void *to) {
  report w = {p, write, to, SD_OK, 0};
  say(&w, "%d steps (%d constant, marked c) for %d nodes, of %d that were recorded\n", p->nsteps,
      p->nconstant, sd_graph_size(p->g), p->nodes_before);
  say(&w, "%d inputs, %d outputs; * in a loop: a value that is also stored\n", sd_plan_inputs(p),
      p->nout);
  say_steps(&w);
  say_views(&w);
  say_captures(&w);
  say_totals(&w);
  return w.status;
}
