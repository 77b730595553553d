// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Takes apart the packets of an interface in the filter of a packet socket, as tcpdump(8) has one. Proves that a filter reads headers of
 * every length and hands over what it finds, while the socket itself keeps no packet: a filter answers how many bytes of a packet are
 * kept, and this one answers 0. Traffic goes on as it did.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define ADDRESS_SIZE 16

/* The names are what user space prints: BTF has them. */
enum direction {
	in,
	out,
};

struct event {
	enum direction direction;
	/* Of Ethernet: ETH_P_IP, ETH_P_IPV6, ... Of others than these two nothing more is told. */
	unsigned short ethertype;
	/* Of IP: IPPROTO_TCP, ... For IPv6 the first header behind the fixed one, which may be an extension. */
	unsigned char protocol;
	/* Of TCP and UDP; 0 in a fragment that does not have them. */
	unsigned short source_port;
	unsigned short destination_port;
	/* With the headers of all layers, that of Ethernet among them. */
	unsigned int length;
	/* Four bytes for IPv4. */
	unsigned char source[ADDRESS_SIZE];
	unsigned char destination[ADDRESS_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/* The socket gets the packets of all interfaces. */
const volatile unsigned int interface = 0;

unsigned long long lost_records;

/* From the network header on: some interfaces have nothing in front of it. */
static __always_inline bool load(const struct __sk_buff *packet, unsigned int offset, void *to, unsigned int size)
{
	return bpf_skb_load_bytes_relative(packet, offset, to, size, BPF_HDR_START_NET) == 0;
}

static __always_inline void read_ports(const struct __sk_buff *packet, unsigned int offset, struct event *event)
{
	__be16 ports[2];

	if (event->protocol != IPPROTO_TCP && event->protocol != IPPROTO_UDP)
		return;
	if (!load(packet, offset, ports, sizeof(ports)))
		return;
	event->source_port = bpf_ntohs(ports[0]);
	event->destination_port = bpf_ntohs(ports[1]);
}

/* RFC 791: the low 13 bits say which fragment of a packet this is. */
#define FRAGMENT_OFFSET 0x1fff

static __always_inline void read_ipv4(const struct __sk_buff *packet, struct event *event)
{
	struct iphdr header;

	if (!load(packet, 0, &header, sizeof(header)))
		return;
	event->protocol = header.protocol;
	__builtin_memcpy(event->source, &header.saddr, sizeof(header.saddr));
	__builtin_memcpy(event->destination, &header.daddr, sizeof(header.daddr));
	/* The length of the header is in words of 4 bytes. */
	if ((bpf_ntohs(header.frag_off) & FRAGMENT_OFFSET) == 0)
		read_ports(packet, header.ihl * 4, event);
}

static __always_inline void read_ipv6(const struct __sk_buff *packet, struct event *event)
{
	struct ipv6hdr header;

	if (!load(packet, 0, &header, sizeof(header)))
		return;
	event->protocol = header.nexthdr;
	__builtin_memcpy(event->source, &header.saddr, sizeof(header.saddr));
	__builtin_memcpy(event->destination, &header.daddr, sizeof(header.daddr));
	read_ports(packet, sizeof(header), event);
}

SEC("socket")
int decode(struct __sk_buff *packet)
{
	struct event *event;

	if (packet->ifindex != interface)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->direction = packet->pkt_type == PACKET_OUTGOING ? out : in;
	event->ethertype = bpf_ntohs(packet->protocol);
	event->length = packet->len;
	if (event->ethertype == ETH_P_IP)
		read_ipv4(packet, event);
	else if (event->ethertype == ETH_P_IPV6)
		read_ipv6(packet, event);
	bpf_ringbuf_submit(event, 0);
	return 0;
}
