// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Counts what comes in and what goes out over an interface, as filters of traffic control. Proves that the programs run for every
 * packet, in both directions, and that traffic goes on as it did without them.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* User space reads them while they are written. Bytes are those of all layers, with the headers of Ethernet. */
unsigned long long packets_received;
unsigned long long bytes_received;
unsigned long long packets_sent;
unsigned long long bytes_sent;

/* TC_ACT_UNSPEC: the filters behind this one decide, or there are none and the packet goes on. */
SEC("tc")
int count_received(struct __sk_buff *packet)
{
	__sync_fetch_and_add(&packets_received, 1);
	__sync_fetch_and_add(&bytes_received, packet->len);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int count_sent(struct __sk_buff *packet)
{
	__sync_fetch_and_add(&packets_sent, 1);
	__sync_fetch_and_add(&bytes_sent, packet->len);
	return TC_ACT_UNSPEC;
}
