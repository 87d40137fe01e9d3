/* Trees as lists of their leaves and back: what lua/saddle/tree.lua does at every operator.
 *
 * The structure of a tree is its spec: of a leaf its kind, "matrix", "number", "rng" or "frozen" (a
 * matrix made by sd.frozen); of a string or a boolean {static = value}; of a table {keys = list,
 * [k] = the spec at keys[k]}. Keys go whole numbers ascending first, then strings bytewise. */
#include "lw.h"
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 1000, FEW = 16 };
enum { LEAVES = 2, META = 3 }; /* stack indices, where a function has them */

static const char *kind_of(lua_State *L, int arg) {
  sd_type t;
  if (lua_type(L, arg) == LUA_TNUMBER) return "number";
  switch (lw_class(L, arg)) {
  case LW_OTHER: return NULL;
  case LW_IS_RNG: return "rng";
  default: lw_typeof(L, arg, &t);
  }
  return t.number ? "number" : lw_isfrozen(L, arg) ? "frozen" : "matrix";
}

/* core.tracing.leaf(v) -> the kind of a leaf; nil when v is none */
static int leaf(lua_State *L) {
  lua_pushstring(L, kind_of(L, 1)); /* nil for NULL */
  return 1;
}

/* ---- keys -------------------------------------------------------------------------------------*/

typedef struct key {
  const char *text; /* NULL: a whole number */
  size_t size;
  lua_Integer number, place; /* place: in the list that it is from */
} key;

static int compare(const void *x, const void *y) {
  const key *a = x, *b = y;
  if (a->text == NULL || b->text == NULL) {
    if (a->text || b->text) return a->text ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
  }
  int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Replaces the list of n keys at the top of the stack by one in order. */
static void sort(lua_State *L, lua_Integer n) {
  key few[FEW], *all = few;
  int list = lua_gettop(L), sorted = 1;
  if (n > FEW) all = lw_scratch(L, "tree", (size_t)n, sizeof *all);
  for (lua_Integer k = 0; k < n; k++) {
    all[k] = (key){NULL, 0, 0, k + 1};
    if (lua_rawgeti(L, list, k + 1) == LUA_TSTRING)
      all[k].text = lua_tolstring(L, -1, &all[k].size); /* the list keeps it */
    else
      all[k].number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    sorted = sorted && (k == 0 || compare(&all[k - 1], &all[k]) < 0);
  }
  if (!sorted) {
    qsort(all, (size_t)n, sizeof *all, compare);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer k = 0; k < n; k++) {
      lua_rawgeti(L, list, all[k].place);
      lua_rawseti(L, -2, k + 1);
    }
    lua_replace(L, list);
  }
  lua_settop(L, list);
}

/* Pushes the keys of the table at `table`, in order; 0 when one is neither a whole number nor a
 * string, and is pushed. */
static int push_keys(lua_State *L, int table) {
  lua_Integer n = 0;
  lua_createtable(L, (int)lua_rawlen(L, table), 0);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING && !lua_isinteger(L, -1)) return 0;
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, ++n);
  }
  sort(L, n);
  return 1;
}

/* ---- from a tree ------------------------------------------------------------------------------*/

/* Where a walk is: a table of the tree, and the stack index of its key. */
typedef struct way {
  const struct way *up;
  const void *table;
  int key, depth;
} way;

/* Pushes the keys on the way as a list, below the sentence at the top of the stack; returns 0. */
static int refuse(lua_State *L, const way *up) {
  lua_createtable(L, up ? up->depth : 0, 0);
  for (const way *at = up; at; at = at->up) {
    lua_pushvalue(L, at->key);
    lua_rawseti(L, -2, at->depth);
  }
  return 0;
}

static int walk(lua_State *L, const way *up, lua_Integer *count);

/* walk, of a table */
static int walk_table(lua_State *L, const way *up, lua_Integer *count) {
  char got[LW_SHAPE];
  int table = lua_gettop(L), keys = table + 1, spec = table + 2;
  way at = {up, lua_topointer(L, table), 0, up ? up->depth + 1 : 1};
  for (const way *w = up; w; w = w->up)
    if (w->table == at.table) {
      lua_pushliteral(L, " is a table that contains itself");
      return refuse(L, up);
    }
  if (at.depth > DEPTH) lw_error(L, "tree: tables within tables, %d deep", DEPTH);
  if (lua_getmetatable(L, table)) {
    lua_pop(L, 1);
    if (!lw_istree(L, table)) {
      lua_pushliteral(L, " has a metatable of its own; trees are plain tables");
      return refuse(L, up);
    }
  }
  luaL_checkstack(L, 16, "tree");
  if (!push_keys(L, table)) {
    lua_pushfstring(L, ": keys of a tree are whole numbers or strings, got %s",
                    lw_show(L, lua_gettop(L), got));
    return refuse(L, up);
  }
  lua_Integer n = (lua_Integer)lua_rawlen(L, keys);
  lua_createtable(L, (int)n, 1);
  lua_pushvalue(L, keys);
  lua_setfield(L, spec, "keys");
  at.key = spec + 1;
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, keys, k);
    lua_pushvalue(L, -1);
    lua_rawget(L, table);
    if (!walk(L, &at, count)) return 0;
    lua_rawseti(L, spec, k);
    lua_settop(L, spec);
  }
  lua_replace(L, keys);
  return 1;
}

/* Pushes the spec of the value at the top of the stack, and adds its leaves to the list, of *count.
 * 0 when it is no tree: pushed are a sentence and the keys that lead to where that is. */
static int walk(lua_State *L, const way *up, lua_Integer *count) {
  char got[LW_SHAPE];
  int value = lua_gettop(L), type = lua_type(L, value);
  if (type == LUA_TTABLE) return walk_table(L, up, count);
  const char *kind = kind_of(L, value);
  if (kind) {
    lua_pushvalue(L, value);
    lua_rawseti(L, LEAVES, ++*count);
    lua_pushstring(L, kind);
  } else if (type == LUA_TSTRING || type == LUA_TBOOLEAN) {
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, value);
    lua_setfield(L, -2, "static");
  } else {
    lua_pushfstring(L, " must be a matrix, a number or an rng, got %s", lw_show(L, value, got));
    return refuse(L, up);
  }
  return 1;
}

/* ---- specs met lately -------------------------------------------------------------------------
 * A program has few kinds of trees, and makes and takes them apart all the time: a tree that fits
 * one of the last specs gets that one. They hold keys, strings and booleans, nothing large. */
enum { KEPT = 8 };
static const char kept_key; /* registry[&kept_key]: list of specs, the latest first */

static int fits(lua_State *L, int spec, lua_Integer *count);

/* fits, of a table and the spec of one with the keys at the top of the stack */
static int fits_table(lua_State *L, int spec, lua_Integer *count) {
  int keys = lua_gettop(L), table = spec + 1;
  lua_Integer n = (lua_Integer)lua_rawlen(L, keys), own = 0;
  if (lua_getmetatable(L, table)) {
    lua_pop(L, 1);
    if (!lw_istree(L, table)) return 0;
  }
  for (lua_pushnil(L); own <= n && lua_next(L, table); own++) lua_pop(L, 1);
  lua_settop(L, keys);
  int same = own == n;
  for (lua_Integer k = 1; same && k <= n; k++) {
    lua_rawgeti(L, spec, k);
    lua_rawgeti(L, keys, k);
    lua_rawget(L, table);
    same = fits(L, keys + 1, count);
    lua_settop(L, keys);
  }
  return same;
}

/* 1 when the value above the spec at `spec`, the top of the stack, has it; its leaves are added to
 * the list, of *count. May leave something on the stack. */
static int fits(lua_State *L, int spec, lua_Integer *count) {
  int value = spec + 1, type = lua_type(L, value);
  if (lua_type(L, spec) == LUA_TSTRING) {
    const char *kind = kind_of(L, value);
    if (kind == NULL || strcmp(kind, lua_tostring(L, spec)) != 0) return 0;
    lua_rawseti(L, LEAVES, ++*count);
    return 1;
  }
  luaL_checkstack(L, 8, "tree");
  int is_table = lua_getfield(L, spec, "keys") == LUA_TTABLE;
  if (is_table != (type == LUA_TTABLE)) return 0;
  if (is_table) return fits_table(L, spec, count);
  lua_getfield(L, spec, "static");
  return lua_rawequal(L, value, -1);
}

/* Pushes the list of specs. */
static void push_kept(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_createtable(L, KEPT, 0);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
}

/* Puts the spec at the top of the stack first in the list at `kept`, in place of entry k. */
static void keep(lua_State *L, int kept, int k) {
  for (; k > 1; k--) {
    lua_rawgeti(L, kept, k - 1);
    lua_rawseti(L, kept, k);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, kept, 1);
}

/* Pushes the spec among the latest that the table at index 1 has, and fills the list of leaves; or
 * 0, and the list is empty. */
static int recall(lua_State *L, int kept) {
  int top = lua_gettop(L);
  for (int k = 1; k <= KEPT && lua_rawgeti(L, kept, k) != LUA_TNIL; k++) {
    lua_Integer count = 0;
    lua_pushvalue(L, 1);
    int found = fits(L, top + 1, &count);
    lua_settop(L, top + 1);
    if (found) {
      if (k > 1) keep(L, kept, k);
      return 1;
    }
    for (; count > 0; count--) {
      lua_pushnil(L);
      lua_rawseti(L, LEAVES, count);
    }
    lua_settop(L, top);
  }
  lua_settop(L, top);
  return 0;
}

/* core.tracing.flatten(tree) -> list of leaves, spec; or nil, what is wrong, keys that lead there.
 * Specs are shared: nobody writes to one. */
static int flatten(lua_State *L) {
  enum { KEPT_LIST = 3 };
  lua_Integer count = 0;
  int table = lua_type(L, 1) == LUA_TTABLE;
  lua_settop(L, 1);
  lua_createtable(L, 4, 0);
  push_kept(L);
  if (table && recall(L, KEPT_LIST)) {
    lua_replace(L, KEPT_LIST);
    return 2;
  }
  lua_pushvalue(L, 1);
  if (walk(L, NULL, &count)) {
    if (table) keep(L, KEPT_LIST, KEPT);
    lua_replace(L, KEPT_LIST);
    lua_settop(L, KEPT_LIST);
    return 2;
  }
  lua_pushnil(L);
  lua_insert(L, -3);
  return 3;
}

/* ---- from a spec ------------------------------------------------------------------------------*/

/* 1 when the spec at the top of the stack is a leaf's; else its keys are pushed, nil if static. */
static int is_leaf(lua_State *L, int depth) {
  if (lua_type(L, -1) == LUA_TSTRING) return 1;
  luaL_checktype(L, -1, LUA_TTABLE);
  luaL_checkstack(L, 8, "tree");
  if (depth > DEPTH) lw_error(L, "tree: tables within tables, %d deep", DEPTH);
  lua_getfield(L, -1, "keys");
  return 0;
}

/* Replaces the spec at the top of the stack by the tree of leaf `at` and those after it. Returns
 * the place of the next leaf. */
static lua_Integer build(lua_State *L, lua_Integer at, int depth) {
  int spec = lua_gettop(L), keys = spec + 1, tree = spec + 2;
  if (is_leaf(L, depth)) {
    int frozen = strcmp(lua_tostring(L, spec), "frozen") == 0;
    lua_rawgeti(L, LEAVES, at);
    if (frozen && !lw_isfrozen(L, -1)) lw_pushfrozen(L);
    lua_replace(L, spec);
    lua_settop(L, spec);
    return at + 1;
  }
  if (lua_isnil(L, keys)) {
    lua_getfield(L, spec, "static");
    lua_replace(L, spec);
    lua_settop(L, spec);
    return at;
  }
  lua_Integer n = (lua_Integer)lua_rawlen(L, keys);
  int listed = lua_rawgeti(L, keys, n) == LUA_TNUMBER;
  lua_pop(L, 1);
  lua_createtable(L, listed ? (int)n : 0, listed ? 0 : (int)n);
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, keys, k);
    lua_rawgeti(L, spec, k);
    at = build(L, at, depth + 1);
    lua_rawset(L, tree);
  }
  lua_pushvalue(L, META);
  lua_setmetatable(L, tree);
  lua_replace(L, spec);
  lua_settop(L, spec);
  return at;
}

/* core.tracing.unflatten(spec, leaves) -> tree, with operators; what was frozen is frozen again */
static int unflatten(lua_State *L) {
  lua_settop(L, LEAVES);
  luaL_checktype(L, LEAVES, LUA_TTABLE);
  lw_pushtreemeta(L);
  lua_pushvalue(L, 1);
  build(L, 1, 1);
  return 1;
}

/* Adds the kinds in the spec at the top of the stack, which is popped, to the list. */
static lua_Integer gather(lua_State *L, lua_Integer count, int depth) {
  int spec = lua_gettop(L);
  if (is_leaf(L, depth)) {
    lua_rawseti(L, LEAVES, ++count);
    return count;
  }
  lua_Integer n = (lua_Integer)lua_rawlen(L, spec);
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, spec, k);
    count = gather(L, count, depth + 1);
  }
  lua_settop(L, spec - 1);
  return count;
}

/* core.tracing.kinds(spec) -> list of the kinds of its leaves, in order */
static int kinds(lua_State *L) {
  lua_settop(L, 1);
  lua_createtable(L, 4, 0);
  lua_pushvalue(L, 1);
  gather(L, 0, 1);
  return 1;
}

/* 1 when the lists of keys at a and b are equal. */
static int same_keys(lua_State *L, int a, int b) {
  lua_Unsigned n = lua_rawlen(L, a);
  int same = n == lua_rawlen(L, b);
  for (lua_Unsigned k = 1; same && k <= n; k++) {
    lua_rawgeti(L, a, (lua_Integer)k);
    lua_rawgeti(L, b, (lua_Integer)k);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  return same;
}

/* 1 when the specs at a and b have the same keys and statics, and rngs in the same places. */
static int are_alike(lua_State *L, int a, int b, int depth) {
  int top = lua_gettop(L);
  if (lua_rawequal(L, a, b)) return 1;
  lua_pushvalue(L, a);
  int leaf_a = is_leaf(L, depth);
  int keys_a = lua_gettop(L);
  lua_pushvalue(L, b);
  int leaf_b = is_leaf(L, depth);
  int keys_b = lua_gettop(L), same = leaf_a == leaf_b;
  if (same && leaf_a) {
    int rng_a = strcmp(lua_tostring(L, a), "rng") == 0,
        rng_b = strcmp(lua_tostring(L, b), "rng") == 0;
    same = rng_a == rng_b;
  } else if (same && (lua_isnil(L, keys_a) || lua_isnil(L, keys_b))) {
    lua_getfield(L, a, "static");
    lua_getfield(L, b, "static");
    same = lua_isnil(L, keys_a) && lua_isnil(L, keys_b) && lua_rawequal(L, -1, -2);
  } else if (same && (same = same_keys(L, keys_a, keys_b))) {
    lua_Integer n = (lua_Integer)lua_rawlen(L, keys_a);
    for (lua_Integer k = 1; same && k <= n; k++) {
      lua_rawgeti(L, a, k);
      lua_rawgeti(L, b, k);
      same = are_alike(L, keys_b + 1, keys_b + 2, depth + 1);
      lua_settop(L, keys_b);
    }
  }
  lua_settop(L, top);
  return same;
}

/* core.tracing.alike(spec, other) -> whether trees of these fit together, leaf by leaf */
static int alike(lua_State *L) {
  lua_settop(L, 2);
  lua_pushboolean(L, are_alike(L, 1, 2, 1));
  return 1;
}

static const luaL_Reg functions[] = {{"leaf", leaf},           {"flatten", flatten},
                                     {"unflatten", unflatten}, {"kinds", kinds},
                                     {"alike", alike},         {NULL, NULL}};

void lw_open_flatten(lua_State *L) { luaL_setfuncs(L, functions, 0); }
