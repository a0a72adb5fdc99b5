/* Which process a task belongs to, and as what it is filed: its line of ancestors, kept from fork to fork,
 * and its number, good for as long as nothing of it changes. Knows nothing of sockets and flows. */
#ifndef FWLEARN_SENDERS_H
#define FWLEARN_SENDERS_H

#include "capture.h"

#define PF_KTHREAD 0x00200000

#define MAX_PID_NAMESPACES 32 /* MAX_PID_NS_LEVEL, include/linux/pid_namespace.h */

/* The number that the collector, and its /proc, knows a process by; 0 where it knows none. */
static __always_inline __u32 visible_pid(struct task_struct* leader) {
    struct pid* pid = BPF_CORE_READ(leader, thread_pid);
    const void* numbers = (void*)pid + bpf_core_field_offset(struct pid, numbers);
    __u32 level = BPF_CORE_READ(pid, level);
    for (int i = 0; i < MAX_PID_NAMESPACES && level < MAX_PID_NAMESPACES; ++i, --level) {
        const struct upid* number = numbers + level * bpf_core_type_size(struct upid);
        if (BPF_CORE_READ(number, ns, ns.inum) == own_pid_namespace) {
            return (__u32)BPF_CORE_READ(number, nr);
        }
    }
    return 0;
}

/* Inode number of the namespace that the process itself was numbered in. */
static __always_inline __u32 pid_namespace_of(struct task_struct* task) {
    struct pid* pid = BPF_CORE_READ(task, thread_pid);
    const __u32 level = BPF_CORE_READ(pid, level) & (MAX_PID_NAMESPACES - 1);
    const struct upid* number =
        (void*)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
    return BPF_CORE_READ(number, ns, ns.inum);
}

/* In a container, as the collector sees it: with a pid namespace of its own below, or with another root in a
 * mount namespace of its own. Not a service that systemd gave a /tmp of its own. */
static __always_inline bool is_contained(struct task_struct* task) {
    return pid_namespace_of(task) != own_pid_namespace ||
           (BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != own_mount_namespace &&
            (__u64)BPF_CORE_READ(task, fs, root.dentry) != own_root);
}

/* The process's parent and what is known of that one's ancestors. */
static __always_inline void inherit(struct fwlearn_node* child, const struct fwlearn_node* parent) {
    child->ancestor[0].image = parent->image;
    child->ancestor[0].started = parent->started;
    child->ancestor[0].pid = parent->pid;
    child->ancestor[0].uid = parent->uid;
    __u32 known = parent->ancestors;
    if (known > FWLEARN_ANCESTORS - 1) {
        known = FWLEARN_ANCESTORS - 1;
    }
    __builtin_memcpy(&child->ancestor[1], &parent->ancestor[0],
                     sizeof(struct fwlearn_ancestor) * (FWLEARN_ANCESTORS - 1));
    child->ancestors = known + 1;
}

/* The chain as it is now, for a process that was there before. */
static __always_inline void walk_ancestors(struct fwlearn_node* node, struct task_struct* leader) {
    struct task_struct* task = leader;
    int i = 0;
    for (; i < FWLEARN_ANCESTORS; ++i) {
        task = BPF_CORE_READ(task, real_parent, group_leader);
        __u32 pid = BPF_CORE_READ(task, tgid);
        const struct fwlearn_node* parent = bpf_map_lookup_elem(&nodes, &pid);
        if (!parent) {
            break;
        }
        node->ancestor[i].image = parent->image;
        node->ancestor[i].started = parent->started;
        node->ancestor[i].pid = parent->pid;
        node->ancestor[i].uid = parent->uid;
        if (parent->pid <= 1) {
            ++i;
            break;
        }
    }
    node->ancestors = i;
}

/* Files a process that the tracepoints have not told of. */
static __always_inline struct fwlearn_node* new_node(struct task_struct* leader, __u32 pid, bool current,
                                                     struct scratch* scratch) {
    struct fwlearn_node* node = &scratch->node;
    __builtin_memset(node, 0, sizeof(*node));
    node->started = BPF_CORE_READ(leader, start_boottime);
    node->image = capture_image(leader, current, scratch);
    node->pid = visible_pid(leader);
    node->uid = BPF_CORE_READ(leader, cred, euid.val);
    __u32 parent_pid = BPF_CORE_READ(leader, real_parent, tgid);
    const struct fwlearn_node* parent = bpf_map_lookup_elem(&nodes, &parent_pid);
    if (parent && parent_pid != pid) {
        inherit(node, parent);
    }
    if (bpf_map_update_elem(&nodes, &pid, node, BPF_ANY) != 0) {
        count(FWLEARN_COUNT_NODES_FULL);
    }
    return bpf_map_lookup_elem(&nodes, &pid);
}

/* Looked up, so that they are not the next to make room. */
static __always_inline void keep_images(const struct fwlearn_ancestor* ancestors) {
    for (int i = 0; i < FWLEARN_ANCESTORS; ++i) {
        __u64 image = ancestors[i].image;
        if (image != 0) {
            bpf_map_lookup_elem(&images, &image);
        }
    }
}

/* The number of a task's process as it is now. `current`: it is the running one. */
static __always_inline __u64 new_sender(struct task_struct* task, struct task_struct* leader, __u32 pid,
                                        struct fwlearn_node* node, bool current, struct scratch* scratch) {
    if (!node || node->started != BPF_CORE_READ(leader, start_boottime)) {
        count(FWLEARN_COUNT_UNTRACKED);
        node = new_node(leader, pid, current, scratch);
        if (!node) {
            return FWLEARN_SENDER_NONE;
        }
    }
    if (node->image == 0 || !bpf_map_lookup_elem(&images, &node->image)) {
        node->image = capture_image(leader, current, scratch); /* it had to make room */
    }
    struct kernfs_node* kernfs = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
    __u64 cgroup = BPF_CORE_READ(kernfs, id);
    if (!bpf_map_lookup_elem(&cgroups, &cgroup)) {
        capture_cgroup(cgroup, kernfs, scratch);
    }
    struct fwlearn_sender* sender = &scratch->sender;
    sender->image = node->image;
    sender->started = node->started;
    sender->cgroup = cgroup;
    sender->pid = node->pid;
    sender->uid = BPF_CORE_READ(task, cred, euid.val);
    sender->gid = BPF_CORE_READ(task, cred, egid.val);
    sender->login_uid = 0xffffffff;
    sender->session = 0xffffffff;
    if (bpf_core_field_exists(struct task_struct, loginuid)) {
        sender->login_uid = BPF_CORE_READ(task, loginuid.val);
        sender->session = BPF_CORE_READ(task, sessionid);
    }
    sender->contained = is_contained(task);
    BPF_CORE_READ_INTO(&sender->comm, leader, comm);
    sender->ancestors = node->ancestors;
    sender->padding = 0;
    __builtin_memcpy(sender->ancestor, node->ancestor, sizeof(sender->ancestor));
    keep_images(sender->ancestor);
    const __u64 id = next_id();
    if (bpf_map_update_elem(&senders, &id, sender, BPF_ANY) != 0) {
        count(FWLEARN_COUNT_SENDERS_FAILED);
        return FWLEARN_SENDER_NONE;
    }
    node->sender = id;
    node->sender_cgroup = sender->cgroup;
    node->sender_uid = sender->uid;
    node->sender_gid = sender->gid;
    node->sender_used = id;
    return id;
}

/* The process is as its last sender was filed. What is filed never changes, while threads of one process may
 * each have a user of their own. Members are read as they are in C, which costs a load each, where
 * BPF_CORE_READ() is a call: the verifier knows what type the task is of. Where the kernel's types say __rcu
 * it wants to see NULL looked for. */
static __always_inline bool is_as_filed(const struct fwlearn_node* node, struct task_struct* task) {
    const struct task_struct* leader = task->group_leader;
    const struct cred* cred = task->cred;
    const struct css_set* cgroups = task->cgroups;
    if (!leader || !cred || !cgroups) {
        return false;
    }
    const struct cgroup* cgroup = cgroups->dfl_cgrp;
    if (!cgroup) {
        return false;
    }
    const struct kernfs_node* kernfs = cgroup->kn;
    return kernfs && node->started == leader->start_boottime && node->sender_uid == cred->euid.val &&
           node->sender_gid == cred->egid.val && node->sender_cgroup == kernfs->id;
}

/* Its last sender is there still, and so is what that one leads to: the program and the cgroup. Looked up,
 * which keeps them from being the next to make room, but not each time: when a few may have come since. */
static __always_inline bool is_there(struct fwlearn_node* node) {
    const __u64 next = *(volatile __u64*)&last_id;
    if (next - node->sender_used < FWLEARN_LOOK_AGAIN) {
        return true;
    }
    __u64 id = node->sender;
    __u64 image = node->image;
    __u64 cgroup = node->sender_cgroup;
    if (!bpf_map_lookup_elem(&senders, &id) || !bpf_map_lookup_elem(&images, &image) ||
        !bpf_map_lookup_elem(&cgroups, &cgroup)) {
        return false;
    }
    node->sender_used = next;
    return true;
}

/* `task`: one whose type the verifier knows. */
static __always_inline __u64 sender_of(struct task_struct* task, bool current) {
    if (task->flags & PF_KTHREAD) {
        return FWLEARN_SENDER_KERNEL;
    }
    __u32 pid = task->tgid;
    struct fwlearn_node* node = bpf_map_lookup_elem(&nodes, &pid);
    const __u64 filed = node ? node->sender : 0;
    if (filed != 0 && is_as_filed(node, task) && is_there(node)) {
        return filed;
    }
    struct scratch* scratch = claim_scratch();
    if (!scratch) {
        return FWLEARN_SENDER_NONE;
    }
    struct task_struct* leader = BPF_CORE_READ(task, group_leader);
    const __u64 id = new_sender(task, leader, pid, node, current, scratch);
    give_back(scratch);
    return id;
}

static __always_inline __u64 running(void) {
    return sender_of(bpf_get_current_task_btf(), true);
}

#endif
