#include "watch.h"

int watch_flush(struct run *r, struct err *e)
{
	(void)r;
	(void)e;
	return 0;
}
int watch_tick(struct run *r, struct err *e)
{
	(void)r;
	(void)e;
	return 0;
}
void watch_clear(struct run *r)
{
	(void)r;
}
