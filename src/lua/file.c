#include "lw.h"
void lw_open_file(lua_State *L) { (void)L; }
