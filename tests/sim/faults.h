/* What goes wrong, and when it is over. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

struct world;

void faults_begin(struct world *w);
/* Everything heals: links join, disks have room, machines start. Nothing new happens after it. */
void faults_heal(struct world *w);

#endif
