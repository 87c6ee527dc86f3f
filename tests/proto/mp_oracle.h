/* What canonical MessagePack is, said a second time without proto/mp.c: msgpack-c unpacks and packs
 * again, utf8proc judges text. msgpack-c allocates for what a container claims to hold: give it no
 * claim that the input cannot keep. */
#ifndef TESTS_PROTO_MP_ORACLE_H
#define TESTS_PROTO_MP_ORACLE_H

#include <msgpack.h>
#include <utf8proc.h>

#include "proto/mp.h"

static inline bool oracle_text(const char *data, size_t size)
{
	while (size > 0) {
		utf8proc_int32_t letter;
		utf8proc_ssize_t step =
		    utf8proc_iterate((const uint8_t *)data, (utf8proc_ssize_t)size, &letter);

		if (step <= 0)
			return false;
		data += step;
		size -= (size_t)step;
	}
	return true;
}

static inline bool oracle_object(const msgpack_object *o, unsigned depth);

static inline struct bytes key_bytes(const msgpack_object_kv *pair)
{
	return bytes_of(pair->key.via.str.ptr, pair->key.via.str.size);
}

static inline bool oracle_map(const msgpack_object_map *map, unsigned depth)
{
	for (uint32_t i = 0; i < map->size; i++) {
		const msgpack_object *key = &map->ptr[i].key;

		if (key->type != MSGPACK_OBJECT_STR || !oracle_object(key, depth))
			return false;
		if (i > 0 &&
		    bytes_compare(key_bytes(&map->ptr[i - 1]), key_bytes(&map->ptr[i])) >= 0)
			return false;
		if (!oracle_object(&map->ptr[i].val, depth + 1))
			return false;
	}
	return true;
}

static inline bool oracle_object(const msgpack_object *o, unsigned depth)
{
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
	case MSGPACK_OBJECT_BOOLEAN:
	case MSGPACK_OBJECT_BIN:
		return true;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return o->via.u64 <= (uint64_t)MP_INT_MAX;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return o->via.i64 >= -MP_INT_MAX;
	case MSGPACK_OBJECT_STR:
		return oracle_text(o->via.str.ptr, o->via.str.size);
	case MSGPACK_OBJECT_ARRAY:
		for (uint32_t i = 0; i < o->via.array.size; i++)
			if (!oracle_object(&o->via.array.ptr[i], depth + 1))
				return false;
		return depth < MP_DEPTH_MAX;
	case MSGPACK_OBJECT_MAP:
		return oracle_map(&o->via.map, depth) && depth < MP_DEPTH_MAX;
	case MSGPACK_OBJECT_EXT:
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		break;
	}
	return false;
}

static inline bool oracle(struct bytes in)
{
	msgpack_unpacked unpacked;
	msgpack_sbuffer again;
	msgpack_packer packer;
	size_t offset = 0;
	bool canonical;

	msgpack_unpacked_init(&unpacked);
	msgpack_sbuffer_init(&again);
	msgpack_packer_init(&packer, &again, msgpack_sbuffer_write);
	canonical = msgpack_unpack_next(&unpacked, (const char *)in.data, in.size, &offset) ==
			MSGPACK_UNPACK_SUCCESS &&
		    offset == in.size && oracle_object(&unpacked.data, 0);
	if (canonical) {
		msgpack_pack_object(&packer, unpacked.data);
		canonical = bytes_equal(in, bytes_of(again.data, again.size));
	}
	msgpack_sbuffer_destroy(&again);
	msgpack_unpacked_destroy(&unpacked);
	return canonical;
}

#endif
