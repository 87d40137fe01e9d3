/* sd.save and sd.load: .npy, .npz and .csv files, and to load IDX files (see saddle/io.h); matrices
 * as bytes.
 *
 * In an .npz file a table of tables is flattened: t.G.W and t.layers[2] are the members "G/W" and
 * "layers/2", and loading builds the same tables again. So that this is exact, a string key with a
 * slash, and one that reads as a whole number, cannot be saved. Lua numbers are 0-d arrays, which
 * NumPy reads as scalars, and come back as numbers.
 *
 * `fn`, the start of every message, is "save: <path>" or "load: <path>". */
#include "lw.h"
#include "saddle/io.h"
#include "saddle/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LW_FILE "saddle.file" /* an open file; closed when the call ends, by an error too */

enum { NPY, NPZ, CSV, IDX };
enum { DEPTH = 64 }; /* tables in tables; more is taken for a cycle */

/* 1 when the n bytes end with the extension, in any case, and have something before it. */
static int ends_with(const char *path, size_t n, const char *extension) {
  size_t k = strlen(extension);
  return n > k && strncasecmp(path + n - k, extension, k) == 0;
}

/* 1 for a.idx, train-images-idx3-ubyte, train-images.idx3-ubyte, each also with .gz behind it. */
static int is_idx(const char *path, size_t n) {
  static const char *const types[] = {"ubyte", "byte", "short", "int", "float", "double"};
  char mark[16];
  if (ends_with(path, n, ".gz")) n -= 3;
  if (ends_with(path, n, ".idx")) return 1;
  for (size_t k = 0; k < 6 * SD_IDX_DIMS; k++) {
    snprintf(mark, sizeof mark, "idx%zu-%s", k / 6 + 1, types[k % 6]);
    size_t head = n - strlen(mark);
    if (ends_with(path, n, mark) && strchr(".-", path[head - 1])) return 1;
  }
  return 0;
}

/* The path at argument 1; *format <- what its name says; *fn is pushed. */
static const char *check_path(lua_State *L, const char *verb, int *format, const char **fn) {
  static const char *const extensions[] = {".npy", ".npz", ".csv"};
  size_t n;
  int loading = strcmp(verb, "load") == 0;
  if (lua_type(L, 1) != LUA_TSTRING) lw_argerror(L, verb, 1, "a path");
  const char *path = lua_tolstring(L, 1, &n);
  if (strlen(path) != n) lw_error(L, "%s: the path has a zero byte", verb);
  luaL_gsub(L, path, "\n", "?"); /* messages are one line */
  *fn = lua_pushfstring(L, "%s: %s", verb, lua_tostring(L, -1));
  for (*format = NPY; *format <= CSV; ++*format)
    if (ends_with(path, n, extensions[*format])) return path;
  if (loading && is_idx(path, n)) return path;
  luaL_error(L, "%s: the extension must be .npy, .npz%s", *fn,
             loading ? ", .csv or .idx (as train-images-idx3-ubyte, also .gz)" : " or .csv");
  return NULL;
}

/* ---- save: what goes into the file ------------------------------------------------------------*/

static void check_saved(lua_State *L, const char *fn, int status, const char *why) {
  if (status == SD_EINTR) lw_fail(L, fn, status);
  if (status != SD_OK) luaL_error(L, "%s: %s", fn, why[0] ? why : sd_status_text(status));
}

/* Files hold numbers as f64: an integer that no f64 holds exactly is refused. */
static void check_exact(lua_State *L, const char *fn, int at) {
  lua_Integer back;
  if (lua_isinteger(L, at) &&
      (!lua_numbertointeger(lua_tonumber(L, at), &back) || back != lua_tointeger(L, at)))
    luaL_error(L, "%s: no f64 holds the integer %I exactly", fn, (LUAI_UACINT)lua_tointeger(L, at));
}

/* 1 when key is a whole number as Lua prints it. */
static int is_integer_text(const char *key, lua_Integer *value) {
  char digits[32];
  *value = strtoll(key, NULL, 10);
  snprintf(digits, sizeof digits, LUA_INTEGER_FMT, (LUAI_UACINT)*value);
  return strcmp(digits, key) == 0;
}

/* Pushes the key at index `at` as a part of a member's or column's name. */
static void push_key(lua_State *L, const char *fn, int at, int format) {
  lua_Integer ignored;
  if (format == NPZ && lua_isinteger(L, at)) {
    lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, at));
    return;
  }
  if (lua_type(L, at) != LUA_TSTRING)
    luaL_error(L, "%s: keys must be strings%s, one is %s", fn,
               format == NPZ ? " or whole numbers" : " (the names of the columns)",
               lua_isnumber(L, at) ? lua_pushfstring(L, "%f", lua_tonumber(L, at))
                                   : luaL_typename(L, at));
  const char *key = lua_tostring(L, at);
  if (strlen(key) != lua_rawlen(L, at)) luaL_error(L, "%s: a key has a zero byte", fn);
  if (format == NPZ && key[0] == '\0') luaL_error(L, "%s: a key is the empty string", fn);
  if (format == NPZ && strchr(key, '/'))
    luaL_error(L, "%s: the key \"%s\" has a slash, which stands for a table in a table", fn, key);
  if (format == NPZ && is_integer_text(key, &ignored))
    luaL_error(L, "%s: the key \"%s\" would come back as a number: use [%s]", fn, key, key);
  lua_pushvalue(L, at);
}

/* Appends name and value of every leaf of the table at `at` to the list at `list`: a core call
 * later finds both alive there. prefix is "" or ends with a slash. Returns how many it found. */
static size_t collect(lua_State *L, const char *fn, int list, int at, const char *prefix, int depth,
                      int format) {
  char shape[LW_SHAPE];
  size_t found = 0;
  if (depth > DEPTH)
    luaL_error(L, "%s: tables are nested more than %d deep (is there a cycle?)", fn, DEPTH);
  luaL_checkstack(L, 12, fn);
  for (lua_pushnil(L); lua_next(L, at); found++) {
    int value = lua_gettop(L);
    push_key(L, fn, value - 1, format);
    const char *name = lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -1));
    if (lw_testmat(L, value) || lw_isnumber(L, value)) {
      lua_Integer n = (lua_Integer)lua_rawlen(L, list);
      if (lw_isnumber(L, value)) check_exact(L, fn, value);
      lua_rawseti(L, list, n + 1);
      lua_pushvalue(L, value);
      lua_rawseti(L, list, n + 2);
    } else if (format == NPZ && lua_istable(L, value)) {
      const char *inner = lua_pushfstring(L, "%s/", name);
      if (collect(L, fn, list, value, inner, depth + 1, format) == 0)
        luaL_error(L, "%s: \"%s\" is an empty table, which the file cannot hold", fn, name);
    } else
      luaL_error(L, "%s: \"%s\" must be a matrix%s, got %s", fn, name,
                 format == NPZ ? ", a number or a table of these" : " of one column or a number",
                 lw_show(L, value, shape));
    lua_settop(L, value - 1);
  }
  return found;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const sd_named *)a)->name, ((const sd_named *)b)->name); /* bytewise */
}

/* The leaves of the table at argument 2, sorted by name, in scratch memory. */
static sd_named *check_items(lua_State *L, const char *fn, int format, size_t *count) {
  lua_newtable(L);
  int list = lua_gettop(L);
  collect(L, fn, list, 2, "", 1, format);
  *count = (size_t)lua_rawlen(L, list) / 2;
  sd_named *items = lw_scratch(L, fn, *count, sizeof *items);
  double *cells = lw_scratch(L, fn, *count, sizeof *cells);
  for (size_t k = 0; k < *count; k++) {
    lua_rawgeti(L, list, 2 * (lua_Integer)k + 1);
    items[k].name = lua_tostring(L, -1);
    lua_rawgeti(L, list, 2 * (lua_Integer)k + 2);
    items[k].a = lw_checkoperand(L, fn, -1, &cells[k]);
    items[k].scalar = lw_isnumber(L, -1);
    lua_pop(L, 2);
  }
  qsort(items, *count, sizeof *items, by_name);
  return items;
}

/* ---- save: the formats ------------------------------------------------------------------------*/

static void save_npy(lua_State *L, const char *path, const char *fn) {
  char why[SD_WHY];
  double cell;
  if (lua_istable(L, 2))
    luaL_error(L, "%s: an .npy file holds one matrix; a table goes into an .npz file", fn);
  sd_mat a = lw_checkoperand(L, fn, 2, &cell);
  check_exact(L, fn, 2);
  check_saved(L, fn, sd_npy_save(path, &a, lw_isnumber(L, 2), why), why);
}

static void save_npz(lua_State *L, const char *path, const char *fn) {
  char why[SD_WHY], shape[LW_SHAPE];
  size_t n;
  if (!lua_istable(L, 2))
    luaL_error(L, "%s: an .npz file holds a table of matrices, such as {A = A}; got %s", fn,
               lw_show(L, 2, shape));
  const sd_named *items = check_items(L, fn, NPZ, &n);
  check_saved(L, fn, sd_npz_save(path, items, n, why), why);
}

/* The columns of the matrix or number at argument 2, named by {header=} or c1, c2, ... */
static sd_named *check_columns(lua_State *L, const char *fn, double *cell, size_t *count) {
  sd_mat a = lw_checkoperand(L, fn, 2, cell);
  check_exact(L, fn, 2);
  sd_named *columns = lw_scratch(L, fn, (size_t)a.cols, sizeof *columns);
  int given = lw_pushoption(L, 3, "header");
  if (given && !lua_istable(L, -1))
    luaL_error(L, "%s: option 'header' must be a list of names", fn);
  if (given && lua_rawlen(L, -1) != (lua_Unsigned)a.cols)
    luaL_error(L, "%s: the header has %I names, the matrix has %I columns", fn,
               (LUAI_UACINT)lua_rawlen(L, -1), (LUAI_UACINT)a.cols);
  int header = lua_gettop(L);
  lua_createtable(L, 0, 0); /* keeps the names alive */
  for (ptrdiff_t j = 0; j < a.cols; j++) {
    if (given)
      lua_rawgeti(L, header, (lua_Integer)j + 1);
    else
      lua_pushfstring(L, "c%I", (LUAI_UACINT)j + 1);
    if (lua_type(L, -1) != LUA_TSTRING || strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
      luaL_error(L, "%s: name %I of the header must be a string without zero bytes", fn,
                 (LUAI_UACINT)j + 1);
    columns[j].name = lua_tostring(L, -1);
    columns[j].a = sd_mat_block(&a, 0, j, a.rows, 1);
    lua_rawseti(L, -2, (lua_Integer)j + 1);
  }
  *count = (size_t)a.cols;
  return columns;
}

static void save_csv(lua_State *L, const char *path, const char *fn) {
  static const char *const names[] = {"header", NULL};
  char why[SD_WHY], shape[LW_SHAPE];
  double cell;
  size_t n;
  sd_named *columns;
  lw_options(L, fn, 3, names);
  if (lua_istable(L, 2)) {
    if (!lua_isnoneornil(L, 3)) luaL_error(L, "%s: the keys of the table are the header", fn);
    columns = check_items(L, fn, CSV, &n);
  } else
    columns = check_columns(L, fn, &cell, &n);
  for (size_t k = 0; k < n; k++) {
    if (columns[k].a.cols != 1)
      luaL_error(L, "%s: \"%s\" must be one column, it is %s", fn, columns[k].name,
                 lw_shape(&columns[k].a, shape));
    if (columns[k].a.rows != columns[0].a.rows)
      luaL_error(L, "%s: column \"%s\" has %I rows, column \"%s\" has %I", fn, columns[k].name,
                 (LUAI_UACINT)columns[k].a.rows, columns[0].name, (LUAI_UACINT)columns[0].a.rows);
  }
  check_saved(L, fn, sd_csv_save(path, columns, n, why), why);
}

/* sd.save("a.npy", A); sd.save("run.npz", {W = W, layers = {A, B}, lr = 0.1});
 * sd.save("a.csv", A[, {header = names}]); sd.save("a.csv", {x = column, y = column}) */
static int save(lua_State *L) {
  const char *fn;
  int format;
  lua_settop(L, 3);
  const char *path = check_path(L, "save", &format, &fn);
  if (format != CSV && !lua_isnil(L, 3)) luaL_error(L, "%s: only .csv files take options", fn);
  if (format == NPY) save_npy(L, path, fn);
  if (format == NPZ) save_npz(L, path, fn);
  if (format == CSV) save_csv(L, path, fn);
  return 0;
}

/* ---- load -------------------------------------------------------------------------------------*/

static void check_loaded(lua_State *L, const char *fn, const sd_file *f, int status) {
  if (status == SD_OK) return;
  if (status == SD_EINTR) lw_fail(L, fn, status);
  if (f->line > 0) luaL_error(L, "%s:%I: %s", fn, (LUAI_UACINT)f->line, f->why);
  luaL_error(L, "%s: %s", fn, f->why);
}

static int close_file(lua_State *L) {
  sd_file_close(luaL_checkudata(L, 1, LW_FILE));
  return 0;
}

static int load_npy(lua_State *L, const char *fn, sd_file *f) {
  sd_npy h;
  check_loaded(L, fn, f, sd_npy_open(f, &h));
  check_loaded(L, fn, f, sd_npy_read(f, &h, lw_newmat(L, fn, h.rows, h.cols, h.dtype)));
  return 1;
}

/* Pushes the first n bytes of a member's name as a key. */
static void push_part(lua_State *L, const char *name, size_t n) {
  lua_Integer k;
  const char *part = lua_pushlstring(L, name, n);
  if (!is_integer_text(part, &k)) return;
  lua_pop(L, 1);
  lua_pushinteger(L, k);
}

/* Stores the value at the top in the table below it: name "G/layers/2" is t.G.layers[2]. */
static void put(lua_State *L, const char *fn, const char *name) {
  const char *part = name, *slash;
  int value = lua_gettop(L);
  lua_pushvalue(L, value - 1);
  for (; (slash = strchr(part, '/')) != NULL; part = slash + 1) {
    push_part(L, part, (size_t)(slash - part));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, value + 1) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, -2);
      lua_pushvalue(L, -2);
      lua_rawset(L, value + 1);
    }
    if (!lua_istable(L, -1))
      luaL_error(L, "%s: member \"%s\" is in a table whose name an array has", fn, name);
    lua_replace(L, value + 1);
    lua_settop(L, value + 1);
  }
  push_part(L, part, strlen(part));
  lua_pushvalue(L, -1);
  if (lua_rawget(L, value + 1) != LUA_TNIL)
    luaL_error(L, "%s: member \"%s\" comes twice, or is the name of a table as well", fn, name);
  lua_pop(L, 1);
  lua_pushvalue(L, value);
  lua_rawset(L, value + 1);
  lua_settop(L, value - 1);
}

static int load_npz(lua_State *L, const char *fn, sd_file *f) {
  sd_npz z;
  sd_member m;
  int status;
  check_loaded(L, fn, f, sd_npz_open(f, &z));
  lua_newtable(L);
  while ((status = sd_npz_next(f, &z, &m)) == SD_OK) {
    sd_mat *a = lw_newmat(L, fn, m.npy.rows, m.npy.cols, m.npy.dtype);
    check_loaded(L, fn, f, sd_npz_read(f, &m, a));
    if (m.npy.dims == 0) {
      lua_pushnumber(L, sd_mat_get(a, 0, 0));
      lua_remove(L, -2);
    }
    put(L, fn, m.name);
  }
  check_loaded(L, fn, f, status == 1 ? SD_OK : status);
  return 1;
}

static int load_csv(lua_State *L, const char *fn, sd_file *f) {
  sd_csv h;
  check_loaded(L, fn, f, sd_csv_open(f, &h));
  check_loaded(L, fn, f, sd_csv_read(f, &h, lw_newmat(L, fn, h.rows, h.cols, SD_F64)));
  if (h.names == 0) {
    lua_pushnil(L);
    return 2;
  }
  char *text = lw_scratch(L, fn, h.names, 1);
  check_loaded(L, fn, f, sd_csv_names(f, &h, text));
  lua_createtable(L, h.cols < 1 << 20 ? (int)h.cols : 0, 0);
  for (ptrdiff_t j = 0; j < h.cols; j++) {
    lua_pushstring(L, text);
    lua_rawseti(L, -2, (lua_Integer)j + 1);
    text += strlen(text) + 1;
  }
  lua_remove(L, -2);
  return 2;
}

/* matrix, list of the sides of a sample: {28, 28} of 60000x28x28, {} of 60000 labels. */
static int load_idx(lua_State *L, const char *fn, sd_file *f) {
  sd_idx h;
  check_loaded(L, fn, f, sd_idx_open(f, &h));
  const sd_npy *array = &h.array;
  check_loaded(L, fn, f,
               sd_idx_read(f, &h, lw_newmat(L, fn, array->rows, array->cols, array->dtype)));
  lua_createtable(L, h.dims - 1, 0);
  for (int k = 1; k < h.dims; k++) {
    lua_pushinteger(L, (lua_Integer)h.sides[k]);
    lua_rawseti(L, -2, k);
  }
  return 2;
}

/* sd.load("a.npy") -> matrix; sd.load("run.npz") -> table; sd.load("a.csv") -> matrix (m,n), list
 * of n names or nil; sd.load("train-images-idx3-ubyte.gz") -> matrix (784,n), {28, 28} */
static int load(lua_State *L) {
  const char *fn;
  int format;
  lua_settop(L, 1);
  const char *path = check_path(L, "load", &format, &fn);
  sd_file *f = lua_newuserdatauv(L, sizeof *f, 0);
  *f = (sd_file)SD_FILE_CLOSED;
  luaL_setmetatable(L, LW_FILE);
  lua_toclose(L, -1);
  check_loaded(L, fn, f, sd_file_open(f, path));
  return format == NPY   ? load_npy(L, fn, f)
         : format == NPZ ? load_npz(L, fn, f)
         : format == CSV ? load_csv(L, fn, f)
                         : load_idx(L, fn, f);
}

/* ---- bytes ------------------------------------------------------------------------------------*/

/* core.bytes(A) -> string: the elements of A, column-major, as they are in memory */
static int bytes(lua_State *L) {
  luaL_Buffer text;
  sd_mat a = *lw_checkmat(L, "bytes", 1);
  size_t n = (size_t)a.rows * (size_t)a.cols * sd_dtype_size(a.dtype);
  sd_mat packed = sd_mat_over(a.rows, a.cols, a.dtype, luaL_buffinitsize(L, &text, n));
  lw_check(L, "bytes", sd_mat_copy(&a, &packed));
  luaL_pushresultsize(&text, n);
  return 1;
}

/* core.frombytes(text, rows, cols[, {dtype=}]) -> matrix: the reverse. The text must have as many
 * bytes as the elements take. */
static int frombytes(lua_State *L) {
  static const char *const names[] = {"dtype", NULL};
  size_t n;
  if (lua_type(L, 1) != LUA_TSTRING) lw_argerror(L, "frombytes", 1, "a string");
  const char *text = lua_tolstring(L, 1, &n);
  ptrdiff_t rows = lw_checkdim(L, "frombytes", 2, "rows");
  ptrdiff_t cols = lw_checkdim(L, "frombytes", 3, "cols");
  lw_options(L, "frombytes", 4, names);
  int dtype = lw_optdtype(L, "frombytes", 4, SD_F64);
  size_t each = sd_dtype_size(dtype), held = n / each;
  int fits = rows == 0 || cols == 0
                 ? n == 0
                 : n % each == 0 && held % (size_t)rows == 0 && held / (size_t)rows == (size_t)cols;
  if (!fits)
    lw_error(L, "frombytes: %zu bytes are no %td x %td matrix of %s", n, rows, cols,
             sd_dtype_name(dtype));
  sd_mat *a = lw_newmat(L, "frombytes", rows, cols, dtype);
  if (n > 0) memcpy(a->x, text, n);
  return 1;
}

/* core.savetext(path, text) -> true, or nil and what is wrong; raises "interrupted!" */
static int save_text(lua_State *L) {
  char why[SD_WHY];
  size_t n;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
  int status = sd_text_save(path, text, n, why);
  if (status == SD_EINTR) lw_fail(L, "savetext", status);
  if (status == SD_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, why[0] ? why : sd_status_text(status));
  return 2;
}

static const luaL_Reg functions[] = {{"save", save},          {"load", load},
                                     {"bytes", bytes},        {"frombytes", frombytes},
                                     {"savetext", save_text}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", close_file}, {"__close", close_file}, {NULL, NULL}};

void lw_open_file(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  luaL_newmetatable(L, LW_FILE);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
}
