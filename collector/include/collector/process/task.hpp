// Which task a process belongs to: what an administrator would say caused it to run. Pure: rules over a
// process's lineage and over the schedules that the host has. Asked by the observer, once a process.
#pragma once

#include "collector/host/schedules.hpp"
#include "collector/process/lineage.hpp"

#include <model/process.hpp>

namespace fwlearn::collector::process {

/// The first .service or .scope of a cgroup's path (`/system.slice/cron.service` -> `cron.service`), below a
/// user's manager the deepest, unescaped as systemd has the unit's name; empty where there is none, or where
/// the path did not fit.
model::ForeignText unit_of(const model::ForeignText& cgroup);

/// In this order: container, cron or at job, timer, login session, service, and the topmost ancestor below
/// pid 1. docs/attribution.md has the rules. Never throws.
model::Task task_of(const Lineage& lineage, const host::Schedules& schedules);

} // namespace fwlearn::collector::process
