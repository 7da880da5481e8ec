#!/usr/bin/env node

// npm links commands when it installs, and only files that are there: those of build are not in a clone
import "../build/cli/main.js";
