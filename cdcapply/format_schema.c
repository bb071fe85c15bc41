/*
 * Schemas of Kafka Connect's JSON converter (schemas.enable=true): each event brings the
 * types of its fields; their names tell the encodings (Debezium documentation, "Data type
 * mappings"; Apache Kafka, org.apache.kafka.connect.data).
 */
#include <stdlib.h>
#include <string.h>

#include "reader_impl.h"
#include "value.h"

#define KEPT 64

struct schema_cache {
	struct schema kept[KEPT];
	size_t n, next; /* what is replaced when all are in use */
};

struct named {
	const char *name;
	enum encoding encoding;
};

#define CONNECT "org.apache.kafka.connect.data."
#define TIME "io.debezium.time."
#define DATA "io.debezium.data."

static const struct named by_name[] = {
	{CONNECT "Date", ENC_DATE_DAYS},
	{CONNECT "Time", ENC_TIME_MS},
	{CONNECT "Timestamp", ENC_TIMESTAMP_MS},
	{CONNECT "Decimal", ENC_DECIMAL},
	{TIME "Date", ENC_DATE_DAYS},
	{TIME "Time", ENC_TIME_MS},
	{TIME "MicroTime", ENC_TIME_US},
	{TIME "NanoTime", ENC_TIME_NS},
	{TIME "ZonedTime", ENC_ZONED_TIME},
	{TIME "Timestamp", ENC_TIMESTAMP_MS},
	{TIME "MicroTimestamp", ENC_TIMESTAMP_US},
	{TIME "NanoTimestamp", ENC_TIMESTAMP_NS},
	{TIME "ZonedTimestamp", ENC_ZONED},
	{TIME "IsoDate", ENC_ZONED},
	{TIME "IsoTime", ENC_ZONED_TIME},
	{TIME "IsoTimestamp", ENC_ZONED},
	{TIME "Year", ENC_YEAR},
	{TIME "MicroDuration", ENC_INTERVAL_US},
	{TIME "Interval", ENC_INTERVAL_ISO},
	{DATA "VariableScaleDecimal", ENC_VARIABLE_DECIMAL},
	{DATA "Bits", ENC_BITS},
	{DATA "Json", ENC_JSON},
	{DATA "Uuid", ENC_UUID},
	{DATA "Enum", ENC_PLAIN},
	{DATA "EnumSet", ENC_SET},
	{DATA "geometry.Geometry", ENC_GEOMETRY},
	{DATA "geometry.Geography", ENC_GEOMETRY},
	{DATA "geometry.Point", ENC_GEOMETRY},
};

static const struct named by_type[] = {
	{"bytes", ENC_BASE64}, {"boolean", ENC_BOOL}, {"array", ENC_ARRAY}, {"map", ENC_MAP},
};

static enum encoding find(const struct named *list, size_t n, const struct json_node *name,
			  enum encoding otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (json_is(name, list[i].name))
			return list[i].encoding;
	return otherwise;
}
#define FIND(list, name, otherwise) find(list, sizeof list / sizeof *list, name, otherwise)

static enum encoding encoding_of(const struct json_tree *t, const struct json_node *n, int *scale)
{
	const struct json_node *parameters = json_member(t, n, "parameters");
	enum encoding type = FIND(by_type, json_member(t, n, "type"), ENC_PLAIN);
	enum encoding encoding = FIND(by_name, json_member(t, n, "name"), type);

	*scale = 0;
	if (encoding == ENC_DECIMAL) {
		*scale = (int)int_of(json_member(t, parameters, "scale"), NULL);
	} else if (encoding == ENC_ARRAY) {
		int of = 0;
		enum encoding items = encoding_of(t, json_member(t, n, "items"), &of);

		*scale = (int)items + 256 * (of & 0xffff);
	}
	return encoding;
}

/* The schema of the row in an envelope's schema, or the schema itself. */
static const struct json_node *row_fields(const struct json_tree *t,
					  const struct json_node *schema)
{
	const struct json_node *fields = json_member(t, schema, "fields");

	if (!fields || fields->kind != NODE_ARRAY)
		return NULL;
	for (const struct json_node *m = json_child(t, fields); m; m = json_next(t, m))
		if (json_is(json_member(t, m, "field"), "after") && json_member(t, m, "fields"))
			return json_member(t, m, "fields");
	return fields;
}

static void learn(struct schema *s, const struct json_tree *t, const struct json_node *fields)
{
	size_t at = 0;

	for (const struct json_node *m = json_child(t, fields); m; m = json_next(t, m)) {
		struct field name = text_of(json_member(t, m, "field"));

		if (name.p)
			buf_add(&s->names, name.p, name.n);
	}
	s->f = xcalloc(fields->nchildren + 1, sizeof *s->f);
	for (const struct json_node *m = json_child(t, fields); m; m = json_next(t, m)) {
		struct field name = text_of(json_member(t, m, "field"));
		struct schema_field *f = &s->f[s->n];

		if (!name.p)
			continue;
		f->name = (struct field){s->names.p ? s->names.p + at : "", name.n};
		f->encoding = encoding_of(t, m, &f->scale);
		at += name.n;
		s->n++;
	}
}

static void forget(struct schema *s)
{
	free(s->text);
	free(s->f);
	buf_free(&s->names);
	*s = (struct schema){0};
}

const struct schema *schema_of(struct change_reader *r, const struct json_node *schema)
{
	struct schema_cache *k = r->schemas;
	const struct json_node *fields;
	struct schema *s;

	if (!schema || schema->kind != NODE_OBJECT)
		return NULL;
	if (!k)
		k = r->schemas = xcalloc(1, sizeof *k);
	for (size_t i = 0; i < k->n; i++)
		if (k->kept[i].ntext == schema->text.n &&
		    !memcmp(k->kept[i].text, schema->text.p, schema->text.n))
			return &k->kept[i];
	fields = row_fields(r->tree, schema);
	if (!fields || fields->kind != NODE_ARRAY || fields->nchildren > MAX_COLUMNS)
		return NULL;
	if (k->n < KEPT) {
		s = &k->kept[k->n++];
	} else {
		s = &k->kept[k->next++ % KEPT];
		forget(s);
	}
	s->text = xmalloc(schema->text.n);
	memcpy(s->text, schema->text.p, schema->text.n);
	s->ntext = schema->text.n;
	learn(s, r->tree, fields);
	return s;
}

void schemas_free(struct schema_cache *k)
{
	for (size_t i = 0; k && i < k->n; i++)
		forget(&k->kept[i]);
	free(k);
}

void schema_apply(const struct schema *s, struct change_image *image)
{
	size_t next = 0;

	for (size_t i = 0; s && i < image->n; i++) {
		struct field name = image->f[i].name;

		for (size_t k = 0; k < s->n; k++) {
			const struct schema_field *f = &s->f[(next + k) % s->n];

			if (f->name.n != name.n || memcmp(f->name.p, name.p, name.n))
				continue;
			image->f[i].encoding = f->encoding;
			image->f[i].scale = f->scale;
			next += k + 1;
			break;
		}
	}
}
