//! What a worker found out becomes a page: what is to be reviewed, what stands against it, or why it is not known.

use gangway_client::text::{self, fill};
use gangway_core::plan::Effect;
use gangway_protocol::wire::PlanView;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use super::look::Found;
use super::packages::Stage;
use super::state::{self, RefusedView, ReviewView};
use super::{Ask, HostChange, HostChangeInput, Reviewed, Wish, pages};
use crate::job::Order;
use crate::network::Beside;
use crate::widgets::status;

impl HostChange {
    pub(super) fn found(&mut self, found: Found, sender: &ComponentSender<Self>) {
        let snapshot = self.snapshot.clone();
        let names = snapshot.device_names();
        match found {
            Found::Plan(view, beside, missing) => {
                self.misses(missing);
                self.plan_found(&view, beside.unwrap_or_default(), sender);
            }
            Found::Installing(working) => self.install_heard(working),
            Found::Offered(Ok(offered)) => self.install_stage(Stage::Offered(offered), sender),
            Found::Offered(Err(error)) | Found::Installed(Err(error)) => {
                self.install_stage(Stage::Failed(error), sender);
            }
            // With that, more can be planned.
            Found::Installed(Ok(())) => self.look(false, sender),
            Found::Kept(Ok(())) => self.end_with(&pages::kept()),
            Found::Kept(Err(sentence)) => self.not_applied(&sentence),
            Found::UndoNetwork(undo) => {
                let view = ReviewView::of_network(&undo);
                let order = undo.stops.is_empty().then_some(Order::UndoNetwork(undo));
                self.review(Reviewed::new(view, order, Effect::Now), sender);
            }
            Found::Unknown(sentence) => self.not_shown(&gettext("It Could Not Be Found Out"), &sentence),
            Found::Undo(view) => {
                let Wish::Undo { record, effect, .. } = &self.wish else { return };
                let order = Order::Undo { record: record.clone(), digest: view.digest };
                let order = view.stops.is_empty().then_some(order);
                self.review(Reviewed::new(ReviewView::of_undo(&view, &names), order, *effect), sender);
            }
            Found::TakeBack(both) => {
                let Wish::TakeBack(back) = &self.wish else { return };
                if both.is_empty() {
                    return self.end_with(&pages::nothing_to_do(None));
                }
                let view = both.view(back, &names);
                let order = Order::TakeBack { back: back.clone(), both };
                let order = view.in_the_way.is_empty().then_some(order);
                self.review(Reviewed::new(view, order, Effect::NextStart), sender);
            }
            Found::Record(view) => {
                self.review(Reviewed::new(ReviewView::of_record(&view, &names), None, view.effect), sender);
            }
            Found::Refused(refusals, missing) => {
                self.misses(missing);
                let view = RefusedView::new(&refusals, &names);
                let page = pages::refused(&view, &self.packages_section(sender));
                self.fail_with(&page, &gettext("This Cannot Be Done"));
            }
            Found::NotInEffect(now) => {
                let template =
                    gettext("This change is not in effect ({state}), so there is nothing to undo.");
                let sentence = fill(&template, &[("state", &text::record_state(now))]);
                self.end_with(&status::failed(&gettext("Nothing to Undo"), &sentence));
            }
            Found::Restart(_) => {}
            Found::NotShown(error) => self.parts.say(&text::helper_error(&error)),
            Found::Failed(error) => {
                self.not_shown(&gettext("It Could Not Be Found Out"), &text::helper_error(&error));
            }
            Found::Unreadable(sentence) => self.not_shown(&gettext("The Machine Cannot Be Read"), &sentence),
        }
    }

    /// A plan, and what libvirt does beside it.
    fn plan_found(&mut self, view: &PlanView, beside: Beside, sender: &ComponentSender<Self>) {
        let Wish::Change(intent) = &self.wish else { return };
        let order = match beside.plan.clone() {
            Some(network) if view.steps.is_empty() => Some(Order::Network(network)),
            _ if view.steps.is_empty() => None,
            _ => Some(Order::Apply { intent: intent.clone(), digest: view.digest }),
        };
        if order.is_none() {
            match self.along.clone() {
                Some(along) if along.guest.is_some() => {
                    let target = self.target.clone();
                    sender.spawn_oneshot_command(move || Found::Kept(along.keep(&target)));
                }
                _ => {
                    let packages = self.packages_section(sender);
                    self.end_with(&pages::nothing_to_do(self.missing.as_ref().map(|_| &packages)));
                }
            }
        } else {
            let shown = ReviewView::of_plan(view, &self.snapshot.device_names());
            let reviewed = Reviewed {
                order: order.filter(|_| self.service.helper().is_some()),
                effect: view.effect,
                network: beside.plan.filter(|_| !view.steps.is_empty()),
                plan: state::whole_plan(view),
                view: self.with_along(shown).with_network(&beside.steps),
            };
            self.review(reviewed, sender);
        }
        if let Some(trouble) = beside.trouble {
            self.parts.say(&trouble);
        }
    }

    pub(super) fn review(&mut self, reviewed: Reviewed, sender: &ComponentSender<Self>) {
        let packages = self.packages_section(sender);
        let input = sender.input_sender().clone();
        let whole = move || input.emit(HostChangeInput::Ask(Ask::Whole));
        let card = match &self.wish {
            Wish::Look { card, .. } => card.as_deref(),
            Wish::Change(_) | Wish::Undo { .. } | Wish::UndoNetwork | Wish::TakeBack(_) => None,
        };
        let body = pages::review(&reviewed.view, card, &self.more_groups(), &packages, whole);
        let (label, possible) = match &self.wish {
            Wish::Change(_) => {
                let taken = self.along.as_ref().is_none_or(|along| along.knowing.is_taken(""));
                (Some(gettext("_Apply")), reviewed.order.is_some() && taken)
            }
            Wish::TakeBack(_) => (Some(gettext("_Apply")), reviewed.order.is_some()),
            Wish::Undo { .. } | Wish::UndoNetwork => (Some(gettext("_Undo")), reviewed.order.is_some()),
            Wish::Look { .. } => {
                let undo = card.is_some_and(|card| card.can_undo);
                (undo.then(|| gettext("_Undo…")), undo)
            }
        };
        let stopped = !reviewed.view.in_the_way.is_empty();
        let here = self.service.helper().is_none() && !matches!(self.wish, Wish::UndoNetwork);
        self.parts.title.set_title(&self.heading());
        self.parts.show(&body);
        let label = label.filter(|_| !stopped && !here);
        self.parts.buttons(label.as_deref(), possible, &gettext("_Cancel"));
        if matches!(self.wish, Wish::Look { .. }) {
            self.parts.leave.set_label(&gettext("_Close"));
            self.parts.apply.remove_css_class("suggested-action");
        }
        self.parts.again.set_visible(stopped);
        if matches!(self.wish, Wish::Change(_)) {
            self.parts.offer_to_save(&self.note(), reviewed.plan.is_some());
            if let Some(why) = self.service.why_not() {
                self.parts.say(&why);
            }
        }
        self.reviewed = Some(reviewed);
    }

    /// A review of an intent with what comes along.
    fn with_along(&self, view: ReviewView) -> ReviewView {
        match &self.along {
            Some(along) => along.with(view),
            None => view,
        }
    }

    /// What a review of an intent says besides the change.
    fn more_groups(&self) -> Vec<adw::PreferencesGroup> {
        let (Wish::Change(_), Some(along)) = (&self.wish, &self.along) else { return Vec::new() };
        let notes = along.notes(&self.snapshot.device_names());
        let notes = (!notes.is_empty()).then(|| pages::sentences(&gettext("Good to Know"), &notes));
        let apply = self.parts.apply.clone();
        let dangers = along.knowing.dangers_group(move |taken| apply.set_sensitive(taken));
        [notes, dangers, along.knowing.exposures_group()].into_iter().flatten().collect()
    }
}
