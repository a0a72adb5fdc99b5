/* The few kernel structures that the BPF programs look into, with the few members that they read. Offsets are
 * put right when the programs are loaded (CO-RE), from the running kernel's own type information, so order
 * and completeness do not matter here; names do. Sources:
 * include/linux/{sched,fs,fs_struct,dcache,mount,cred,cgroup-defs,kernfs,nsproxy,pid}.h, fs/mount.h,
 * include/linux/skbuff.h, include/net/{sock,net_namespace,dropreason,dropreason-core}.h,
 * include/linux/netlink.h of Linux 6.1 to 6.18.
 */
#ifndef FWLEARN_KERNEL_TYPES_H
#define FWLEARN_KERNEL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>

#define CO_RE __attribute__((preserve_access_index))

typedef struct {
    __u32 val;
} CO_RE kuid_t;
typedef struct {
    __u32 val;
} CO_RE kgid_t;
typedef struct {
    int counter;
} CO_RE atomic_t;

struct qstr {
    const unsigned char* name;
} CO_RE;
struct hlist_bl_node {
    struct hlist_bl_node** pprev;
} CO_RE;
struct super_block {
    __u32 s_dev;
} CO_RE;
struct inode {
    unsigned long i_ino;
    unsigned int i_nlink;
    struct super_block* i_sb;
} CO_RE;
struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry* d_parent;
    struct qstr d_name;
    struct inode* d_inode;
} CO_RE;
struct vfsmount {
    struct dentry* mnt_root;
} CO_RE;
struct mount {
    struct mount* mnt_parent;
    struct dentry* mnt_mountpoint;
    struct vfsmount mnt;
} CO_RE;
struct path {
    struct vfsmount* mnt;
    struct dentry* dentry;
} CO_RE;
struct cred;
struct file {
    struct path f_path;
    struct inode* f_inode;
    const struct cred* f_cred; /* of who opened it */
} CO_RE;
struct mm_struct {
    struct file* exe_file;
    unsigned long arg_start;
    unsigned long arg_end;
} CO_RE;

struct cred {
    kuid_t euid;
    kgid_t egid;
} CO_RE;
struct ns_common {
    unsigned int inum;
} CO_RE;
struct mnt_namespace {
    struct ns_common ns;
} CO_RE;
struct nsproxy {
    struct mnt_namespace* mnt_ns;
} CO_RE;
struct pid_namespace {
    struct ns_common ns;
} CO_RE;
struct upid {
    int nr;
    struct pid_namespace* ns;
} CO_RE;
struct pid {
    unsigned int level;
    struct upid numbers[1]; /* level + 1 of them */
} CO_RE;
struct fs_struct {
    struct path root;
} CO_RE;

struct kernfs_node {
    const char* name;
    struct kernfs_node* parent; /* until 6.14 */
    __u64 id;
} CO_RE;
struct kernfs_node___renamed {
    struct kernfs_node* __parent; /* since 6.15 */
} CO_RE;
struct cgroup {
    struct kernfs_node* kn;
} CO_RE;
struct css_set {
    struct cgroup* dfl_cgrp;
} CO_RE;
struct signal_struct {
    atomic_t live;
} CO_RE;
struct task_struct {
    unsigned int flags;
    int pid;
    int tgid;
    __u64 start_boottime;
    struct task_struct* group_leader;
    struct task_struct* real_parent;
    struct mm_struct* mm;
    const struct cred* cred;
    struct signal_struct* signal;
    struct nsproxy* nsproxy;
    struct pid* thread_pid;
    struct fs_struct* fs;
    struct css_set* cgroups;
    kuid_t loginuid;        /* with CONFIG_AUDIT */
    unsigned int sessionid; /* with CONFIG_AUDIT */
    char comm[16];
} CO_RE;
struct linux_binprm;

typedef struct {
    struct net* net;
} CO_RE possible_net_t;
struct net {
    __u64 net_cookie;
} CO_RE;
struct in6_addr___kernel {
    __u8 octets[16];
};
struct sock_common {
    __u32 skc_daddr; /* network order */
    __u16 skc_dport; /* network order */
    __u16 skc_num;   /* host order */
    unsigned short skc_family;
    volatile unsigned char skc_state;
    struct in6_addr___kernel skc_v6_daddr;
    possible_net_t skc_net;
} CO_RE;
typedef struct {
    int owned; /* a process is at it */
} CO_RE socket_lock_t;
struct sock_cgroup_data {
    struct cgroup* cgroup;
} CO_RE;
struct sock {
    struct sock_common __sk_common;
    socket_lock_t sk_lock;
    struct socket* sk_socket;
    struct sock_cgroup_data sk_cgrp_data;
    __u16 sk_protocol;
} CO_RE;
struct tcp_sock; /* begins with a struct sock */
struct socket {
    struct file* file; /* NULL: the kernel's own */
    struct sock* sk;
} CO_RE;
struct sk_buff {
    struct sock* sk;
    unsigned char* head;
    unsigned char* data;
    unsigned int len;
    unsigned int data_len; /* of `len`, what is not behind `data` */
    int skb_iif;           /* 0: it did not come in */
    __u16 network_header;  /* from `head` on */
    char cb[48];           /* the owning layer's own */
} CO_RE;
struct netlink_skb_parms { /* of netlink, what is in `cb` */
    __u32 portid;          /* of who sent it */
} CO_RE;
enum skb_drop_reason { SKB_DROP_REASON_NETFILTER_DROP = 12 /* put right like offsets */ };

struct seq_file;
struct bpf_iter_meta {
    struct seq_file* seq;
} CO_RE;
struct bpf_iter__task {
    struct bpf_iter_meta* meta;
    struct task_struct* task;
} CO_RE;
struct bpf_iter__task_file {
    struct bpf_iter_meta* meta;
    struct task_struct* task;
    __u32 fd;
    struct file* file;
} CO_RE;

#endif
