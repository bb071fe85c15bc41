#include <string.h>

#include "change.h"

int encodings_parse(struct encodings *enc, const char *text, struct err *e)
{
	(void)enc;
	return err_set(e, EXIT_BAD, "%s is no encoding", text);
}

int change_value(const struct encodings *enc, enum change_format format,
		 const struct change_field *in, const struct column *target, enum engine engine,
		 struct buf *b, struct field *out, struct err *e)
{
	(void)enc, (void)format, (void)target, (void)engine, (void)b, (void)e;
	*out = in->value;
	return 0;
}
