/* Reads, out of the running kernel's memory, what a process is: its executable's path, its arguments, its
 * place in the cgroup tree. All loops are bounded and every read is checked by the verifier. */
#ifndef FWLEARN_CAPTURE_H
#define FWLEARN_CAPTURE_H

#include "maps.h"

#define MAX_COMPONENTS 40

/* How much of the scratch path is used is kept in memory, of which the verifier knows nothing: with a known
 * range it would look at every way through the loops anew (Linux 6.1 gives up after a million instructions).
 */
static __always_inline __u32 used_of(const struct scratch* scratch) {
    return *(const volatile __u32*)&scratch->used;
}

/* Puts a name behind what is there; false when it cannot be read. `size` is a power of 2. */
static __always_inline bool add_component(struct scratch* scratch, const void* name, __u32 size) {
    const __u32 used = used_of(scratch);
    __u32 at = used;
    /* The mask tells the verifier what the loop's own condition says already, and which the compiler would
     * therefore leave out. */
    asm volatile("" : "+r"(at));
    const long length = bpf_probe_read_kernel_str(&scratch->path[at & (size - 1)], PATH_COMPONENT_SIZE, name);
    if (length <= 0) {
        return false;
    }
    *(volatile __u32*)&scratch->used = used + (__u32)length;
    return true;
}

static __always_inline bool is_mount_root(struct mount* mount, struct dentry* dentry) {
    return BPF_CORE_READ(mount, mnt.mnt_root) == dentry;
}

/* Walks from the file up to the root of its mount namespace. */
static __always_inline void capture_exe(struct file* file, struct scratch* scratch) {
    struct fwlearn_image* image = &scratch->image;
    struct inode* inode = BPF_CORE_READ(file, f_inode);
    if (!file || !inode) {
        image->flags |= FWLEARN_NO_EXE;
        return;
    }
    image->inode = BPF_CORE_READ(inode, i_ino);
    image->device = BPF_CORE_READ(inode, i_sb, s_dev);
    struct dentry* dentry = BPF_CORE_READ(file, f_path.dentry);
    struct mount* mount = (void*)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
    if (BPF_CORE_READ(inode, i_nlink) == 0 || BPF_CORE_READ(dentry, d_hash.pprev) == NULL) {
        image->flags |= FWLEARN_EXE_DELETED;
    }
    scratch->used = 0;
    int component = 0;
    for (; component < MAX_COMPONENTS; ++component) {
        if (is_mount_root(mount, dentry)) {
            struct mount* above = BPF_CORE_READ(mount, mnt_parent);
            if (above == mount) {
                break;
            }
            dentry = BPF_CORE_READ(mount, mnt_mountpoint);
            mount = above;
            continue;
        }
        if (used_of(scratch) >= FWLEARN_EXE_SIZE) {
            image->flags |= FWLEARN_EXE_CUT;
            break;
        }
        if (!add_component(scratch, BPF_CORE_READ(dentry, d_name.name), FWLEARN_EXE_SIZE)) {
            image->flags |= FWLEARN_EXE_CUT;
            break;
        }
        struct dentry* above = BPF_CORE_READ(dentry, d_parent);
        if (above == dentry) {
            image->flags |= FWLEARN_EXE_PSEUDO;
            break;
        }
        dentry = above;
    }
    const __u32 used = used_of(scratch);
    if (component == MAX_COMPONENTS || used > FWLEARN_EXE_SIZE) {
        image->flags |= FWLEARN_EXE_CUT;
    }
    image->exe_length = used < FWLEARN_EXE_SIZE ? used : FWLEARN_EXE_SIZE;
    bpf_probe_read_kernel(image->exe, FWLEARN_EXE_SIZE, scratch->path);
}

/* Only the running process's own memory can be read. */
static __always_inline void capture_arguments(struct mm_struct* mm, struct fwlearn_image* image) {
    const unsigned long start = BPF_CORE_READ(mm, arg_start);
    const unsigned long end = BPF_CORE_READ(mm, arg_end);
    if (start == 0 || end <= start) {
        return;
    }
    unsigned long length = end - start;
    if (length > FWLEARN_ARGV_SIZE) {
        length = FWLEARN_ARGV_SIZE;
        image->flags |= FWLEARN_ARGV_CUT;
    }
    if (length == FWLEARN_ARGV_SIZE) {
        if (bpf_probe_read_user(image->argv, FWLEARN_ARGV_SIZE, (void*)start) == 0) {
            image->argv_length = FWLEARN_ARGV_SIZE;
        }
        return;
    }
    if (bpf_probe_read_user(image->argv, length & (FWLEARN_ARGV_SIZE - 1), (void*)start) == 0) {
        image->argv_length = length;
    }
}

/* Files what the task runs, and returns the number that it is filed under; 0 where that failed.
 * `with_arguments`: the task is the running one. */
static __always_inline __u64 capture_image(struct task_struct* task, bool with_arguments,
                                           struct scratch* scratch) {
    struct fwlearn_image* image = &scratch->image;
    __builtin_memset(image, 0, offsetof(struct fwlearn_image, exe));
    struct mm_struct* mm = BPF_CORE_READ(task, mm);
    if (mm) {
        capture_exe(BPF_CORE_READ(mm, exe_file), scratch);
        if (with_arguments) {
            capture_arguments(mm, image);
        }
    } else {
        image->flags |= FWLEARN_NO_EXE;
    }
    const __u64 id = next_id();
    if (bpf_map_update_elem(&images, &id, image, BPF_ANY) != 0) {
        count(FWLEARN_COUNT_IMAGES_FAILED);
        return 0;
    }
    return id;
}

static __always_inline struct kernfs_node* above(struct kernfs_node* node) {
    if (bpf_core_field_exists(struct kernfs_node, parent)) {
        return BPF_CORE_READ(node, parent);
    }
    return BPF_CORE_READ((struct kernfs_node___renamed*)node, __parent);
}

static __always_inline __u64 cgroup_id(const struct cgroup* cgroup) {
    const struct kernfs_node* kernfs = cgroup ? cgroup->kn : NULL;
    return kernfs ? kernfs->id : 0;
}

/* The path, from the collector's root on, must be read while the process is in it: later the cgroup may be
 * gone. */
static __always_inline void capture_cgroup(__u64 id, struct kernfs_node* node, struct scratch* scratch) {
    struct fwlearn_cgroup* cgroup = &scratch->cgroup;
    scratch->used = 0;
    int component = 0;
    for (; component < MAX_COMPONENTS && used_of(scratch) < FWLEARN_CGROUP_SIZE; ++component) {
        struct kernfs_node* parent = above(node);
        if (!parent || BPF_CORE_READ(node, id) == cgroup_root ||
            !add_component(scratch, BPF_CORE_READ(node, name), FWLEARN_CGROUP_SIZE)) {
            break;
        }
        node = parent;
    }
    const __u32 used = used_of(scratch);
    cgroup->cut = component == MAX_COMPONENTS || used >= FWLEARN_CGROUP_SIZE;
    cgroup->length = used < FWLEARN_CGROUP_SIZE ? used : FWLEARN_CGROUP_SIZE;
    bpf_probe_read_kernel(cgroup->path, FWLEARN_CGROUP_SIZE, scratch->path);
    bpf_map_update_elem(&cgroups, &id, cgroup, BPF_ANY);
}

#endif
