#ifndef SADDLE_ARRANGE_H
#define SADDLE_ARRANGE_H
#endif
