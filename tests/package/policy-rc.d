#!/bin/sh
# Writes down what a package's scripts start and stop. There is no systemd to do it.
echo "$@" >>/calls
