/* Names and permissions of the messages; each message's own file does the rest. */
#include "proto/msg.h"

const char *msg_name(uint8_t type)
{
	switch (type) {
#define X(name, number, guest) \
	case number: \
		return #name;
		MSG_MAP(X)
#undef X
	}
	return "unknown";
}

bool msg_is_for_guests(uint8_t type)
{
	switch (type) {
#define X(name, number, guest) \
	case number: \
		return guest;
		MSG_MAP(X)
#undef X
	}
	return false;
}
